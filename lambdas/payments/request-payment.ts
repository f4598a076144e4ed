import { consume } from '../runtime/consume/consume';
import { applyFacts, save } from './call-provider';
import { unknownPayment } from './payment';
import { paymentTable, requestPayment } from './service';

/** Opens the payment of an order, unless the order's cancellation came first. */
export const handler = consume(requestPayment, async ({ orderId, total }, work) => {
  const before = await work.load(paymentTable(orderId), { orElse: unknownPayment(orderId) });
  save(applyFacts({ ...before, amount: total }, ['OrderCreated'], work), work);
});
