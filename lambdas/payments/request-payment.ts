import { OrderCreated } from '../../contracts/orders';
import { PaymentFailed, PaymentRequested } from '../../contracts/payments';
import { consume } from '../runtime/consume';
import { payment } from './payment';

/** Opens an order's payment, unless the order's cancellation came first. */
export const handler = consume(OrderCreated, async ({ orderId, total }, work) => {
  const ref = payment(orderId);
  const earlier = await work.load(ref);
  if (earlier?.status === 'cancelled') return work.emit(PaymentFailed, { orderId, reason: 'order-cancelled' });
  if (earlier) return;

  work.put(ref, { orderId, status: 'requested', amount: total });
  work.emit(PaymentRequested, { orderId, amount: total });
});
