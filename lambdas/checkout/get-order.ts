import { serveItem } from '../runtime/http/serve-item';
import { isOver, status } from './order-view';
import { getOrder, orderViews } from './service';

/** `Retry-After` of a pending order, in seconds. */
const RETRY_AFTER_SECONDS = 1;

export const handler = serveItem(getOrder, orderViews, (view) => {
  const { orderId, lines, total, history } = view;
  const reason = history.find(({ event }) => event === 'OrderCancelled')?.reason;
  return {
    body: { orderId, status: status(view), ...(reason && { reason }), lines, total, history },
    ...(!isOver(view) && { retryAfter: RETRY_AFTER_SECONDS }),
  };
});
