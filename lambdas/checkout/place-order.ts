import { OrderPlaced } from '../../contracts/checkout';
import { accept } from '../runtime/http/accept';
import { price } from './price';
import { orderViews, placeOrder } from './service';

/** `Retry-After` of a new order, in seconds. Most orders end within a few seconds. */
const RETRY_AFTER_SECONDS = 2;

export const handler = accept(placeOrder, async (request, work) => {
  const total = price(request);
  const orderId = work.newId('order');
  const { customerId, lines, callbackUrl } = request;
  const history = [{ event: OrderPlaced.name, occurredAt: work.now.toISOString() }];
  const order = { orderId, customerId, lines, total, ...(callbackUrl !== undefined && { callbackUrl }) };
  work.create(orderViews(orderId), { ...order, history });
  work.emit(OrderPlaced, order);
  return {
    location: `/orders/${orderId}`,
    retryAfter: RETRY_AFTER_SECONDS,
    body: { orderId, status: 'accepted', total },
  };
});
