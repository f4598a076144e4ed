import type { DataOf } from '../../contracts/core/contract';
import type { PaymentRecorded } from '../../contracts/payments';
import { partAt } from './calendar';

/** One charge or refund, as payments has reported it. A charge has at most one refund. */
export interface PaymentEntry extends DataOf<typeof PaymentRecorded> {
  /** `<kind>-<chargeId>`: the entries of an order are sorted by it. */
  readonly entryId: string;
  /** `<orderId>#<entryId>`: entries of a day are sorted by it. */
  readonly orderEntryId: string;
  /** When it was recorded: ISO 8601, UTC. It is listed on the day of this time. */
  readonly at: string;
  readonly part: string;
}

/** Returns the entry of a charge or refund. @param now when it is recorded */
export function entryOf(payment: DataOf<typeof PaymentRecorded>, now: Date): PaymentEntry {
  const { orderId, kind, chargeId } = payment;
  const entryId = `${kind}-${chargeId}`;
  const day = { at: now.toISOString(), part: partAt(now, orderId) };
  return { ...payment, entryId, orderEntryId: `${orderId}#${entryId}`, ...day };
}
