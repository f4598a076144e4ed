import { dateIn } from '../runtime/reconciliation/business-day';
import { bookPart } from '../runtime/reconciliation/table-book';

/** The time zone of the business: the provider settles by its days too. */
export const TIME_ZONE = 'Europe/Berlin';

/** Returns the part of a book in which an entry of this time is listed. */
export function partAt(time: Date, orderId: string): string {
  return bookPart(dateIn(TIME_ZONE, time), orderId);
}
