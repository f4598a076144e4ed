import { PaymentCompleted, PaymentFailed, PaymentRequested } from '../../contracts/payments';
import { consume } from '../runtime/consume';
import { isApproved, payment } from './payment';

/** Collects an order's money, unless the order was cancelled meanwhile. */
export const handler = consume(PaymentRequested, async ({ orderId, amount }, work) => {
  const ref = payment(orderId);
  const requested = await work.load(ref);
  if (requested?.status === 'cancelled') return work.emit(PaymentFailed, { orderId, reason: 'order-cancelled' });
  if (requested?.status !== 'requested') return;

  if (isApproved(amount)) {
    work.put(ref, { ...requested, status: 'completed' });
    work.emit(PaymentCompleted, { orderId, amount });
  } else {
    work.put(ref, { ...requested, status: 'failed' });
    work.emit(PaymentFailed, { orderId, reason: 'declined' });
  }
});
