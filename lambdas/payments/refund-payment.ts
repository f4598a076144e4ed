import { OrderCancelled } from '../../contracts/orders';
import { consume } from '../runtime/consume/consume';
import { applyFacts, callProvider, save } from './call-provider';
import { payment, unknownPayment } from './payment';
import type { PaymentProvider } from './provider';
import { providerAdapters } from './provider-adapters';
import { provider } from './provider-client';

const STEPS = ['refund'] as const;

/** Gives an order's money back; money that is collected later goes back then. */
export const refundPayment = (bank: PaymentProvider) =>
  consume(
    OrderCancelled,
    async ({ orderId }, work) => {
      const before = (await work.load(payment(orderId))) ?? unknownPayment(orderId);
      const cancelled = applyFacts(before, ['OrderCancelled'], work);
      save(await callProvider(cancelled, STEPS, bank, work), work);
    },
    providerAdapters({ steps: STEPS, arrivals: ['OrderCancelled'] }),
  );

export const handler = refundPayment(provider);
