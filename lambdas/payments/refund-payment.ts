import { OrderCancelled } from '../../contracts/orders';
import { consume } from '../runtime/consume';
import { payment, unknownPayment } from './payment';
import { keep, learn, proceed } from './proceed';
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
      const cancelled = learn(before, ['OrderCancelled'], work);
      keep(await proceed(cancelled, STEPS, bank, work), work);
    },
    providerAdapters({ steps: STEPS, arrivals: ['OrderCancelled'] }),
  );

export const handler = refundPayment(provider);
