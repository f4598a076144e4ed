import type { Booking } from '../../lambdas/payment-provider/charge';
import { bookings } from '../../lambdas/payment-provider/service';
import type { Kind } from '../../lambdas/reconciliation/compare-order';
import type { Write } from '../../lambdas/runtime/store/store';
import type { WorldView } from '../../test/simulation/system';
import { BANK } from './bank';

/** The percentage of bookings that are wrong. */
const MISTAKE_PERCENT = 40;

/** A mistake of the bank in the books of an order, which reconciliation must find as this kind of discrepancy. */
export interface Mistake {
  readonly kind: Kind;
  readonly orderId: string;
  /** The time of the booking, in milliseconds since 1970. */
  readonly at: number;
}

/** Makes mistakes in the bank's books, which nothing else shows: doubled bookings and wrong amounts, one for each order at most. */
export class BankMistakes {
  readonly made: Mistake[] = [];
  private readonly audited = new Set<string>();

  constructor(private readonly world: WorldView) {}

  /** Makes mistakes in some of the bookings that are new since the last call. */
  async make(): Promise<void> {
    const { chance, services, time } = this.world;
    for (const booking of services.items<Booking>(BANK, 'bookings')) {
      const { bookingId, kind, reference, bookedAt } = booking;
      const at = Date.parse(bookedAt);
      // A charge is booked before its outcome is due.
      if (at > time.now || this.audited.has(bookingId)) continue;
      this.audited.add(bookingId);
      if (chance.number(`mistake in ${bookingId}`) * 100 >= MISTAKE_PERCENT) continue;
      if (this.made.some(({ orderId }) => orderId === reference)) continue;
      const mistake = MISTAKES[kind][this.made.length % MISTAKES[kind].length] as KindOfMistake;
      this.made.push({ kind: mistake.kind, orderId: reference, at });
      await services.seed(BANK, [mistake.write(booking)]);
    }
  }
}

interface KindOfMistake {
  readonly kind: Kind;
  write(booking: Booking): Write;
}

/** The mistakes in a booking, by its kind. */
export const MISTAKES: Readonly<Record<Booking['kind'], readonly KindOfMistake[]>> = {
  charge: [
    { kind: 'booked-twice', write: bookAgain },
    { kind: 'amount-differs', write: changeAmount },
  ],
  refund: [
    { kind: 'refund-doubled', write: bookAgain },
    { kind: 'refund-amount-differs', write: changeAmount },
  ],
};

function bookAgain(booking: Booking): Write {
  const bookingId = `${booking.bookingId}-again`;
  const settlementKey = `${booking.reference}#${bookingId}`;
  return { kind: 'create', ref: bookings(bookingId), item: { ...booking, bookingId, settlementKey } };
}

function changeAmount({ amount, ...booking }: Booking): Write {
  const item = { ...booking, amount: { ...amount, amount: amount.amount + 1 } };
  return { kind: 'put', ref: bookings(booking.bookingId), item, expected: 1 };
}
