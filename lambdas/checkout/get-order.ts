import { report } from '../runtime/http/report';
import { isOver, orderView, status } from './order-view';

const LOOK_AGAIN_SECONDS = 1;

export const handler = report('orderId', orderView, (view) => {
  const { orderId, lines, total, history } = view;
  const reason = history.find(({ event }) => event === 'OrderCancelled')?.reason;
  return {
    body: { orderId, status: status(view), ...(reason && { reason }), lines, total, history },
    ...(!isOver(view) && { retryAfter: LOOK_AGAIN_SECONDS }),
  };
});
