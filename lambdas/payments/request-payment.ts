import { OrderCreated } from '../../contracts/orders';
import { consume } from '../runtime/consume/consume';
import { applyFacts, save } from './call-provider';
import { payment, unknownPayment } from './payment';

/** Opens an order's payment, unless the order's cancellation came first. */
export const handler = consume(OrderCreated, async ({ orderId, total }, work) => {
  const before = (await work.load(payment(orderId))) ?? unknownPayment(orderId);
  save(applyFacts({ ...before, amount: total }, ['OrderCreated'], work), work);
});
