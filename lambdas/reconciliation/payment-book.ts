import type { DataOf } from '../../contracts/core/contract';
import type { PaymentRecorded } from '../../contracts/payments';

/** One charge or refund, as payments has reported it. A charge has at most one refund. */
export interface BookEntry extends DataOf<typeof PaymentRecorded> {
  /** `<kind>-<chargeId>` */
  readonly entryId: string;
}
