import { consume } from '../runtime/consume/consume';
import { applyFacts, callProvider, save } from './call-provider';
import { unknownPayment } from './payment';
import type { PaymentProvider } from './provider';
import { providerAdapters } from './provider-adapters';
import { provider } from './provider-client';
import { paymentTable, refundPayment } from './service';

const STEPS = ['refund'] as const;

/** Refunds the payment of a cancelled order. A charge that succeeds later is refunded then. */
export const refundAt = (bank: PaymentProvider) =>
  consume(
    refundPayment,
    async ({ orderId }, work) => {
      const before = await work.load(paymentTable(orderId), { orElse: unknownPayment(orderId) });
      const cancelled = applyFacts(before, ['OrderCancelled'], work);
      save(await callProvider(cancelled, STEPS, bank, work), work);
    },
    providerAdapters({ steps: STEPS, arrivals: ['OrderCancelled'] }),
  );

export const handler = refundAt(provider);
