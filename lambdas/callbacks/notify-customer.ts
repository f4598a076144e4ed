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

/** Schedules a callback for each event that customers are notified of. */
export const handler = consume(notifyCustomer, async ({ orderId }, work, event) => {
  const before = await loadCallbacks(orderId, work);
  const notification = {
    type: typeOf[event.name],
    occurredAt: event.metadata.occurredAt,
    ...(event.name === 'OrderCancelled' && { reason: event.data.reason }),
  };
  saveChange(before, notify(before, notification, work.now, paceOf()), work);
});
