import type { CallbackType } from '../../contracts/callbacks';
import { CallbackRequested } from '../../contracts/checkout';
import { consume } from '../runtime/consume/consume';
import { follow } from './order-view';
import { followOrder, orderViews } from './service';

/** The events that customers are notified of. */
const callbackTypes: Readonly<Partial<Record<string, CallbackType>>> = {
  PaymentDelayed: 'order.payment-delayed',
  OrderConfirmed: 'order.confirmed',
  OrderCancelled: 'order.cancelled',
  OrderCompleted: 'order.completed',
};

/**
 * Adds each event of an order to its view, and requests the customer's callback for it. Checkout creates the view, so an order without
 * one was not placed there.
 */
export const handler = consume(followOrder, async ({ orderId }, work, { name, data, metadata }) => {
  const before = await work.load(orderViews(orderId));
  if (!before) return;
  const { occurredAt } = metadata;
  const reason = 'reason' in data ? { reason: data.reason } : {};
  const callback = 'type' in data ? { callback: data.type } : {};
  const after = follow(before, { event: name, occurredAt, ...reason, ...callback });
  if (after === before) return;
  work.put(orderViews(orderId), after);
  const type = callbackTypes[name];
  const { callbackUrl } = before;
  if (type && callbackUrl !== undefined) {
    const cancelled = name === 'OrderCancelled' ? { reason: data.reason } : {};
    work.emit(CallbackRequested, { orderId, type, occurredAt, ...cancelled, callbackUrl });
  }
});
