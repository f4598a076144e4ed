import { PaymentRecorded } from '../../contracts/payments';
import { consume } from '../runtime/consume/consume';
import { bookEntry } from './payment-book';

/** Keeps a book of payments of its own, to be compared with the others'. What is in it already stays as it is. */
export const handler = consume(PaymentRecorded, async (payment, work) => {
  const entryId = `${payment.kind}-${payment.chargeId}`;
  if (await work.load(bookEntry(entryId))) return;
  work.put(bookEntry(entryId), { ...payment, entryId });
});
