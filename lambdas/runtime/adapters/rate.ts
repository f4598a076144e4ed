/** How much a dependency takes. */
export interface RatePolicy {
  /** Units a second that it takes for long. */
  readonly unitsPerSecond: number;
  /** Units that it takes at once after a rest: 1 at least. */
  readonly burst: number;
}

/**
 * What all instances know together of a dependency's rate, by the Generic Cell Rate Algorithm (ITU-T I.371): one number says when
 * all that was granted would have been used up at an even pace. Times are in milliseconds since 1970.
 */
export interface Rate {
  readonly usedUpTo: number;
  /** When the last of those who were sent away comes back; at most {@link MAX_WAIT} from now. */
  readonly takenBackUpTo: number;
}

export interface Grant {
  readonly rate: Rate;
  /** How many of those who asked may go on. */
  readonly granted: number;
  /** In how many milliseconds each of the others has its turn, which may be later than {@link MAX_WAIT}. */
  readonly waits: readonly number[];
}

/** SQS delays a message by up to 15 minutes. */
export const MAX_WAIT = 15 * 60 * 1_000;

export const unusedRate: Rate = { usedUpTo: 0, takenBackUpTo: 0 };

/**
 * Grants as many of some equal requests as the rate allows now. The others get times to come back, one after the other at the pace
 * of the rate, behind all who were sent away before, so that they are not refused again together.
 *
 * In any stretch of `t` seconds, no more than `burst + t × unitsPerSecond` units are granted.
 */
export function grant(rate: Rate, wanted: number, { unitsPerSecond, burst }: RatePolicy, now: number): Grant {
  const interval = 1_000 / unitsPerSecond;
  // A rest is worth a burst and no more.
  const start = Math.max(rate.usedUpTo, now);
  const free = Math.floor((now + burst * interval - start) / interval + ROUNDING);
  const granted = Math.max(0, Math.min(wanted, free));
  const usedUpTo = granted > 0 ? start + granted * interval : rate.usedUpTo;
  const nextFree = Math.max(now, usedUpTo - (burst - 1) * interval);
  const first = Math.max(rate.takenBackUpTo + interval, nextFree);
  const waits = Array.from({ length: wanted - granted }, (_, index) => first + index * interval - now);
  const last = waits.at(-1);
  const takenBackUpTo = last === undefined ? rate.takenBackUpTo : now + Math.min(MAX_WAIT, last);
  return { granted, waits, rate: { usedUpTo, takenBackUpTo } };
}

/** Sums of fractions miss whole numbers by less than this. */
const ROUNDING = 1e-6;
