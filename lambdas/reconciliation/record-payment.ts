import { consume } from '../runtime/consume/consume';
import { paymentBook, recordPayment } from './service';

/** Records each payment once, for comparison with the other books. Existing entries stay as they are. */
export const handler = consume(recordPayment, async (payment, work) => {
  const entryId = `${payment.kind}-${payment.chargeId}`;
  if (await work.load(paymentBook(entryId))) return;
  work.put(paymentBook(entryId), { ...payment, entryId });
});
