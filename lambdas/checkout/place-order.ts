import { OrderPlaced } from '../../contracts/checkout';
import { accept } from '../runtime/http/accept';
import { OrderRequest } from './order-request';
import { orderView } from './order-view';
import { price } from './price';

/** Most orders are through within some seconds. */
const LOOK_AGAIN_SECONDS = 2;

export const handler = accept(OrderRequest, async (request, work) => {
  const total = price(request);
  const orderId = work.newId('order');
  const { customerId, lines, callbackUrl } = request;
  const view = orderView(orderId);
  await work.load(view);
  const history = [{ event: OrderPlaced.name, occurredAt: work.now.toISOString() }];
  work.put(view, { orderId, customerId, lines, total, history });
  work.emit(OrderPlaced, { orderId, customerId, lines, total, ...(callbackUrl !== undefined && { callbackUrl }) });
  return {
    location: `/orders/${orderId}`,
    retryAfter: LOOK_AGAIN_SECONDS,
    body: { orderId, status: 'accepted', total },
  };
});
