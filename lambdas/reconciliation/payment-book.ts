import type { DataOf } from '../../contracts/core/contract';
import type { PaymentRecorded } from '../../contracts/payments';
import { table } from '../runtime/store/store';

/** One charge or refund, as payments has told of it. There is at most one refund of a charge. */
export interface BookEntry extends DataOf<typeof PaymentRecorded> {
  /** `<kind>-<chargeId>` */
  readonly entryId: string;
}

export const bookEntry = table<BookEntry>('payment-book', 'entryId');
