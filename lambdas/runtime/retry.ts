/** Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"). The caller chooses the unit. */
export interface Backoff {
  /** The longest delay before the second attempt. It doubles with each further attempt. */
  readonly base: number;
  /** The longest delay at all. */
  readonly cap: number;
}

/** Returns a random number: at least 0, less than 1. */
export type Random = () => number;

/**
 * Returns the delay after a failed attempt: at random up to `base × 2^(attempt−1)`, at most `cap`. Callers that
 * failed together retry at different times.
 *
 * @param attempt the number of the failed attempt, from 1
 * @param backoff in the caller's unit
 * @param random returns a random number
 */
export function fullJitter(attempt: number, { base, cap }: Backoff, random: Random): number {
  return random() * Math.min(cap, base * 2 ** (attempt - 1));
}

/** How often something is tried at once, and the backoff between two tries, in milliseconds. */
export interface RetryPolicy extends Backoff {
  /** At least 1. */
  readonly tries: number;
}

/**
 * Runs work, and runs it again after an error that a fresh try can resolve.
 *
 * @param isRetryable whether a fresh try can resolve an error
 * @param policy tries and backoff, in milliseconds
 * @param runtime random numbers and a clock
 * @param work what is tried
 * @throws the error of the last try, or any error that is not retryable
 */
export async function retryWhen<T>(
  isRetryable: (error: unknown) => boolean,
  policy: RetryPolicy,
  { random, sleep }: { readonly random: Random; sleep(milliseconds: number): Promise<void> },
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || attempt >= policy.tries) throw error;
      await sleep(fullJitter(attempt, policy, random));
    }
  }
}
