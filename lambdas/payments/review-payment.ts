import { consume } from '../runtime/consume/consume';
import { callProvider, recordAgain, save } from './call-provider';
import type { PaymentProvider } from './provider';
import { providerAdapters } from './provider-adapters';
import { provider } from './provider-client';
import { paymentTable, reviewPayment } from './service';

const STEPS = ['charge', 'ruleOut', 'lookUp', 'refund'] as const;

/**
 * Looks the charge of an order up again, because reconciliation has found a difference. Makes the calls that are due, and publishes
 * the bookings again that are known already.
 */
export const reviewAt = (bank: PaymentProvider) =>
  consume(
    reviewPayment,
    async ({ orderId }, work) => {
      const before = await work.load(paymentTable(orderId));
      if (!before) return;
      await recordAgain(before, bank, work);
      const after = await callProvider(before, STEPS, bank, work);
      if (after !== before) save(after, work);
    },
    providerAdapters({ steps: STEPS }),
  );

export const handler = reviewAt(provider);
