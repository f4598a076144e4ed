import { consume } from '../runtime/consume/consume';
import { entryOf } from './payment-book';
import { paymentBook, recordPayment } from './service';

/** Records each payment once, for comparison with the other books. Existing entries stay as they are. */
export const handler = consume(recordPayment, async (payment, work) => {
  const { chargeId, kind } = payment;
  if (await work.load(paymentBook(chargeId, kind))) return;
  work.put(paymentBook(chargeId, kind), entryOf(payment, work.now));
});
