import type { CallbackType } from '../../contracts/callbacks';
import { consume } from '../runtime/consume/consume';
import { notify } from './callbacks';
import { paceOf } from './pace';
import { loadCallbacks, saveChange } from './save-change';
import { notifyCustomer } from './service';

const typeOf: Readonly<Record<(typeof notifyCustomer)['to'][number]['name'], CallbackType>> = {
  PaymentDelayed: 'order.payment-delayed',
  OrderConfirmed: 'order.confirmed',
  OrderCancelled: 'order.cancelled',
  OrderCompleted: 'order.completed',
};

/** Schedules a callback for each event that the customer wants to be told of. */
export const handler = consume(notifyCustomer, async ({ orderId }, work, event) => {
  const before = await loadCallbacks(orderId, work);
  const news = {
    type: typeOf[event.name],
    occurredAt: event.metadata.occurredAt,
    ...(event.name === 'OrderCancelled' && { reason: event.data.reason }),
  };
  saveChange(before, notify(before, news, work.now, paceOf()), work);
});
