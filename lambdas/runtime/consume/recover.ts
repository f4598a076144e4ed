import { DeferredError, type ParkReason, PermanentError } from '../errors';
import { type Backoff, fullJitter, type Random } from '../retry';

/** SQS: at most 15 minutes of message delay. */
const MAX_DELAY_SECONDS = 15 * 60;
/** SQS: at most 12 hours of visibility timeout. */
const MAX_VISIBILITY_SECONDS = 12 * 60 * 60;

/** The retry settings of a subscription. */
export interface RecoveryPolicy {
  /** Attempts before a message is parked. */
  readonly attempts: number;
  /** Delay between attempts, in seconds. */
  readonly backoff: Backoff;
  readonly random: Random;
}

/** The recovery of a message after a failure. Delays are whole seconds, within the limits of SQS. */
export type Recovery =
  /** Return it to the queue, visible again after the delay. */
  | { readonly action: 'retry'; readonly seconds: number }
  /** Send a delayed copy to the queue and acknowledge it: this attempt does not count. */
  | { readonly action: 'defer'; readonly seconds: number }
  /** Send it to the dead-letter queue with the reason and acknowledge it. */
  | { readonly action: 'park'; readonly reason: ParkReason };

/**
 * Decides whether to retry, defer or park a message after a failure.
 *
 * @param attempt the number of the failed attempt, from 1
 */
export function recover(error: unknown, attempt: number, { attempts, backoff, random }: RecoveryPolicy): Recovery {
  if (error instanceof DeferredError)
    return { action: 'defer', seconds: wholeSeconds(error.seconds, MAX_DELAY_SECONDS) };
  if (error instanceof PermanentError) return { action: 'park', reason: error.reason };
  if (attempt >= attempts) return { action: 'park', reason: 'attempts-exhausted' };
  return { action: 'retry', seconds: retrySeconds(attempt, { backoff, random }) };
}

/** Returns the delay of a retry in whole seconds: exponential backoff with full jitter. */
export function retrySeconds(attempt: number, { backoff, random }: Omit<RecoveryPolicy, 'attempts'>): number {
  return wholeSeconds(fullJitter(attempt, backoff, random), MAX_VISIBILITY_SECONDS);
}

function wholeSeconds(seconds: number, most: number): number {
  return Math.min(most, Math.max(0, Math.ceil(seconds)));
}
