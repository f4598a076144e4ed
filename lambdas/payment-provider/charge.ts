import * as z from 'zod/mini';
import type { Money } from '../../contracts/values';
import { deterministicId } from '../runtime/events/ids';
import { dateIn } from '../runtime/reconciliation/business-day';

/** Overrides of the bank's behaviour, for one charge or for all. */
export const Simulation = z.object({
  /** @default succeeded up to {@link LIMIT}, else declined */
  outcome: z.optional(z.enum(['succeeded', 'declined'])),
  /** Seconds from the request to the outcome. @default the delay of the stage */
  delaySeconds: z.optional(z.int().check(z.minimum(0), z.maximum(24 * 60 * 60))),
  /** Callbacks that are sent with the outcome. `before-answer` sends it before the response to the request. @default 'once' */
  callback: z.optional(z.enum(['once', 'none', 'twice', 'before-answer'])),
  /** Answers 500, before or after the charge is stored. @default neither */
  fail: z.optional(z.enum(['before', 'after'])),
});
export type Simulation = z.infer<typeof Simulation>;

/** The outcome of a charge. `cancelled`: the merchant ruled it out before it was made. */
export type Outcome = 'succeeded' | 'declined' | 'cancelled';

/** All times are ISO 8601, UTC. */
export interface Charge {
  readonly chargeId: string;
  /** The merchant's id. There is at most one charge per reference. */
  readonly reference: string;
  readonly amount: Money;
  /** Decided when the charge is made, and visible from `outcomeAt`. */
  readonly outcome: Outcome;
  readonly outcomeAt: string;
  readonly callbackUrl?: string;
  readonly refundedAt?: string;
}

/** A line of the bank's books. */
export interface Booking {
  readonly bookingId: string;
  readonly kind: 'charge' | 'refund';
  readonly chargeId: string;
  readonly reference: string;
  readonly amount: Money;
  /** The day of the booking in {@link TIME_ZONE}: `YYYY-MM-DD`. */
  readonly bookedOn: string;
  readonly bookedAt: string;
  /** The sort key within a day: `<reference>#<bookingId>`. */
  readonly settlementKey: string;
}

/** The bank's own time zone: a day of its settlement ends at its midnight. */
const TIME_ZONE = 'Europe/Berlin';

/** The maximum amount that is approved, in the minor unit: 1,000.00. Larger charges are declined. */
export const LIMIT = 100_000;

/** Returns the id of the charge for a reference. The same reference always has the same id. */
export function chargeIdOf(reference: string): string {
  return deterministicId('charge', reference);
}

export function outcomeOf({ amount }: Money, { outcome }: Simulation): Outcome {
  return outcome ?? (amount <= LIMIT ? 'succeeded' : 'declined');
}

/** Returns a charge as the merchant sees it at a given time. */
export function show({ chargeId, reference, amount, outcome, outcomeAt }: Charge, now: Date) {
  const hasOutcome = outcomeAt <= now.toISOString();
  const status = hasOutcome ? outcome : 'pending';
  return { chargeId, reference, amount, status, ...(status === 'succeeded' && { bookedOn: dayOf(outcomeAt) }) };
}

/** Returns the line that a charge or its refund adds to the books. */
export function book(kind: Booking['kind'], { chargeId, reference, amount }: Charge, at: string): Booking {
  const bookingId = `${kind}-${chargeId}`;
  const more = { bookedAt: at, settlementKey: `${reference}#${bookingId}` };
  return { bookingId, kind, chargeId, reference, amount, bookedOn: dayOf(at), ...more };
}

/** Returns the bank's day. @param time ISO 8601 */
export function dayOf(time: string): string {
  return dateIn(TIME_ZONE, new Date(time));
}

/** Returns a booking as merchants see it. */
export function line({ kind, chargeId, reference, amount, bookedAt }: Booking) {
  return { kind, chargeId, reference, amount, bookedAt };
}
