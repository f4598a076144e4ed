import { OrderCreated } from '../../contracts/orders';
import { consume } from '../runtime/consume';
import { payment, unknownPayment } from './payment';
import { keep, learn } from './proceed';

/** Opens an order's payment, unless the order's cancellation came first. */
export const handler = consume(OrderCreated, async ({ orderId, total }, work) => {
  const before = (await work.load(payment(orderId))) ?? unknownPayment(orderId);
  keep(learn({ ...before, amount: total }, ['OrderCreated'], work), work);
});
