/** A rate limit. */
export interface RatePolicy {
  /** Units per second in the long run. More than 0. */
  readonly unitsPerSecond: number;
  /** Units that may be used at once after a pause. At least 1. */
  readonly burst: number;
}

/**
 * The state of a rate limit that all function instances share: the Generic Cell Rate Algorithm (ITU-T I.371). Times are in
 * milliseconds since 1970.
 */
export interface Rate {
  /** The time at which the granted units would be used up at an even pace: the algorithm's theoretical arrival time. */
  readonly usedUpTo: number;
  /** The latest slot given to a deferred unit. At most {@link MAX_WAIT} from now. */
  readonly slotsUpTo: number;
}

/** The result of a request for units. */
export interface Grant {
  /** The new state. */
  readonly rate: Rate;
  /** Units that may be used now. */
  readonly granted: number;
  /** For each other unit, the time until its slot, in milliseconds. It can exceed {@link MAX_WAIT}. */
  readonly waits: readonly number[];
}

/** SQS: at most 15 minutes of message delay. In milliseconds. */
export const MAX_WAIT = 15 * 60 * 1_000;

/** The state before the first request. */
export const unusedRate: Rate = { usedUpTo: 0, slotsUpTo: 0 };

/**
 * Grants as many units as the rate allows now. Each other unit gets its own slot at the configured rate, after all slots given
 * before, so a backlog drains steadily.
 *
 * In any stretch of `t` seconds, no more than `burst + t × unitsPerSecond` units are granted.
 */
export function grant(rate: Rate, wanted: number, { unitsPerSecond, burst }: RatePolicy, now: number): Grant {
  const interval = 1_000 / unitsPerSecond;
  // Unused units accumulate up to one burst.
  const start = Math.max(rate.usedUpTo, now);
  const free = Math.floor((now + burst * interval - start) / interval + ROUNDING);
  const granted = Math.max(0, Math.min(wanted, free));
  const usedUpTo = granted > 0 ? start + granted * interval : rate.usedUpTo;
  const nextFree = Math.max(now, usedUpTo - (burst - 1) * interval);
  const first = Math.max(rate.slotsUpTo + interval, nextFree);
  const waits = Array.from({ length: wanted - granted }, (_, index) => first + index * interval - now);
  const last = waits.at(-1);
  const slotsUpTo = last === undefined ? rate.slotsUpTo : now + Math.min(MAX_WAIT, last);
  return { granted, waits, rate: { usedUpTo, slotsUpTo } };
}

/** Exceeds the rounding error of the sums of fractions, in units. */
const ROUNDING = 1e-6;
