import { consume } from '../runtime/consume/consume';
import { entryOf } from './payment-book';
import { paymentBook, recordPayment } from './service';

/** Records each payment once, for comparison with the other books. Existing entries stay as they are. */
export const handler = consume(recordPayment, async (payment, work) => {
  const entry = entryOf(payment, work.now);
  if (await work.load(paymentBook(entry.entryId))) return;
  work.put(paymentBook(entry.entryId), entry);
});
