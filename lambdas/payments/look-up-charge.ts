import { ChargeDue } from '../../contracts/payments';
import { consume } from '../runtime/consume/consume';
import { callProvider, save } from './call-provider';
import { payment } from './payment';
import type { PaymentProvider } from './provider';
import { providerAdapters } from './provider-adapters';
import { provider } from './provider-client';

const STEPS = ['lookUp', 'refund'] as const;

/**
 * Asks the provider what became of a charge whose callback has not come, and gives back what came too late. A reminder that
 * comes late, twice, or after all is settled does nothing.
 */
export const lookUpCharge = (bank: PaymentProvider) =>
  consume(
    ChargeDue,
    async ({ orderId, look }, work) => {
      const before = await work.load(payment(orderId));
      if (!before) return;
      const after = await callProvider(before, STEPS, bank, work, look);
      if (after !== before) save(after, work);
    },
    providerAdapters({ steps: STEPS }),
  );

export const handler = lookUpCharge(provider);
