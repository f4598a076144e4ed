import type { CallbackType } from '../../contracts/callbacks';
import { OrderCancelled, OrderCompleted, OrderConfirmed } from '../../contracts/orders';
import { PaymentDelayed } from '../../contracts/payments';
import { consume } from '../runtime/consume/consume';
import { announce } from './callbacks';
import { paceOf } from './pace';
import { load, stage } from './stage';

const news = [PaymentDelayed, OrderConfirmed, OrderCancelled, OrderCompleted] as const;

const typeOf: Readonly<Record<(typeof news)[number]['name'], CallbackType>> = {
  PaymentDelayed: 'order.payment-delayed',
  OrderConfirmed: 'order.confirmed',
  OrderCancelled: 'order.cancelled',
  OrderCompleted: 'order.completed',
};

/** Has the customer told of what becomes of the order, if they want to be. */
export const handler = consume(news, async (data, work, event) => {
  const before = await load(data.orderId, work);
  const one = {
    type: typeOf[event.name],
    occurredAt: event.metadata.occurredAt,
    ...('reason' in data && { reason: data.reason }),
  };
  stage(before, announce(before, one, work.now, paceOf()), work);
});
