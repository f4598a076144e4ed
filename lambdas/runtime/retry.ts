/** Exponential back-off with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
export interface Backoff {
  /** The most that is waited before the second attempt; doubles with each further one. In the unit of your choice. */
  readonly base: number;
  /** The most that is ever waited. */
  readonly cap: number;
}

/** What a random number generator gives: at least 0, less than 1. */
export type Random = () => number;

/**
 * How long to wait after failed attempt `attempt` (from 1): anything up to `base × 2^(attempt−1)`, at most `cap`,
 * so that callers who failed together do not come back together.
 */
export function fullJitter(attempt: number, { base, cap }: Backoff, random: Random): number {
  return random() * Math.min(cap, base * 2 ** (attempt - 1));
}
