import * as z from 'zod/mini';
import type { Money } from '../../contracts/values';
import { deterministicId } from '../runtime/events/ids';

/** How a charge is to go, where it should not go by the rules. */
export const Simulation = z.object({
  /** @default by {@link LIMIT} */
  outcome: z.optional(z.enum(['succeeded', 'declined'])),
  /** From the request to the outcome. @default the stage's */
  delaySeconds: z.optional(z.int().check(z.minimum(0), z.maximum(24 * 60 * 60))),
  /** Whether and when the outcome is told. @default 'once' */
  callback: z.optional(z.enum(['once', 'none', 'twice', 'before-answer'])),
  /** Answers 500: before anything is done, or though all is done. @default neither */
  fail: z.optional(z.enum(['before', 'after'])),
});
export type Simulation = z.infer<typeof Simulation>;

/** What a charge comes to when its time has come. `cancelled` was ruled out before it was made. */
export type Outcome = 'succeeded' | 'declined' | 'cancelled';

/** All times are ISO 8601, UTC. */
export interface Charge {
  readonly chargeId: string;
  /** The merchant's own id. There is one charge for each. */
  readonly reference: string;
  readonly amount: Money;
  /** Decided at once, but not told before `settlesAt`. */
  readonly outcome: Outcome;
  readonly settlesAt: string;
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
  /** The day of the books, `YYYY-MM-DD` in UTC. */
  readonly bookedOn: string;
  /** Sorts the day: time and id. */
  readonly bookedAt: string;
}

/** The largest amount that is approved, in the minor unit: 1,000.00. Larger ones are declined. */
export const LIMIT = 100_000;

/** The same reference is the same charge, whoever asks and however often. */
export function chargeIdOf(reference: string): string {
  return deterministicId('charge', reference);
}

export function outcomeOf({ amount }: Money, { outcome }: Simulation): Outcome {
  return outcome ?? (amount <= LIMIT ? 'succeeded' : 'declined');
}

/** How the merchant sees a charge at some time. */
export function show({ chargeId, reference, amount, outcome, settlesAt }: Charge, now: Date) {
  const isSettled = settlesAt <= now.toISOString();
  const status = isSettled ? outcome : 'pending';
  return { chargeId, reference, amount, status, ...(status === 'succeeded' && { bookedOn: dayOf(settlesAt) }) };
}

/** The line that a charge or its refund makes in the books. */
export function book(kind: Booking['kind'], { chargeId, reference, amount }: Charge, at: string): Booking {
  const bookingId = `${kind}-${chargeId}`;
  return { bookingId, kind, chargeId, reference, amount, bookedOn: dayOf(at), bookedAt: `${at}#${bookingId}` };
}

export function dayOf(time: string): string {
  return time.slice(0, 10);
}
