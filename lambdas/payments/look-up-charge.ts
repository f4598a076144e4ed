import { consume } from '../runtime/consume/consume';
import { callProvider, save } from './call-provider';
import type { PaymentProvider } from './provider';
import { providerAdapters } from './provider-adapters';
import { provider } from './provider-client';
import { lookUpCharge, paymentTable } from './service';

const STEPS = ['lookUp', 'refund'] as const;

/**
 * Looks up a charge whose callback has not arrived, and refunds one that succeeded after the cancellation. A reminder that is
 * late or repeated, or arrives after the outcome, has no effect.
 */
export const lookUpAt = (bank: PaymentProvider) =>
  consume(
    lookUpCharge,
    async ({ orderId, look }, work) => {
      const before = await work.load(paymentTable(orderId));
      if (!before) return;
      const after = await callProvider(before, STEPS, bank, work, look);
      if (after !== before) save(after, work);
    },
    providerAdapters({ steps: STEPS }),
  );

export const handler = lookUpAt(provider);
