import type { CallbackType } from '../../contracts/callbacks';
import { OrderCancelled, OrderCompleted, OrderConfirmed } from '../../contracts/orders';
import { consume } from '../runtime/consume';
import { announce } from './callbacks';
import { paceOf } from './pace';
import { load, stage } from './stage';

const typeOf: Readonly<Record<'OrderConfirmed' | 'OrderCancelled' | 'OrderCompleted', CallbackType>> = {
  OrderConfirmed: 'order.confirmed',
  OrderCancelled: 'order.cancelled',
  OrderCompleted: 'order.completed',
};

/** Has the customer told of what became of the order, if they want to be. */
export const handler = consume([OrderConfirmed, OrderCancelled, OrderCompleted], async (data, work, event) => {
  const before = await load(data.orderId, work);
  const outcome = {
    type: typeOf[event.name],
    occurredAt: event.metadata.occurredAt,
    ...('reason' in data && { reason: data.reason }),
  };
  stage(before, announce(before, outcome, work.now, paceOf()), work);
});
