import { OrderCancelled } from '../../contracts/orders';
import { deferInOutage } from '../runtime/adapters/defer-in-outage';
import { consume } from '../runtime/consume';
import { payment, unknownPayment } from './payment';
import { keep, learn, proceed } from './proceed';
import type { PaymentProvider } from './provider';
import { provider } from './provider-client';

/** Gives an order's money back; money that is collected later goes back then. */
export const refundPayment = (bank: PaymentProvider) =>
  consume(
    OrderCancelled,
    async ({ orderId }, work) => {
      const before = (await work.load(payment(orderId))) ?? unknownPayment(orderId);
      const cancelled = learn(before, ['OrderCancelled'], work);
      keep(await proceed(cancelled, ['refund'], bank, work), work);
    },
    [deferInOutage()],
  );

export const handler = refundPayment(provider);
