import { OrderCancelled } from '../../contracts/orders';
import { PaymentRefunded } from '../../contracts/payments';
import { consume } from '../runtime/consume';
import { payment } from './payment';

/** Gives an order's money back; money that was not collected yet never will be. */
export const handler = consume(OrderCancelled, async ({ orderId }, work) => {
  const ref = payment(orderId);
  const held = await work.load(ref);
  if (!held || held.status === 'requested') return work.put(ref, { orderId, ...held, status: 'cancelled' });
  if (held.status !== 'completed' || !held.amount) return;

  work.put(ref, { ...held, status: 'refunded' });
  work.emit(PaymentRefunded, { orderId, amount: held.amount });
});
