import { variables } from '../runtime/aws/settings';

/** The waiting times of callbacks, in milliseconds. */
export interface Pace {
  /** The delay before each attempt. Their number is the maximum number of attempts. */
  readonly delays: readonly number[];
  /** The maximum delay that a receiver's `Retry-After` can cause. */
  readonly longestWait: number;
  /** How long a callback waits for the event that always precedes its own and has not arrived. */
  readonly patience: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * The schedule that Standard Webhooks recommends ("Deliverability and reliability"): ten attempts in a little more than three days.
 */
const standard: Pace = {
  delays: [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
  longestWait: 24 * HOUR,
  patience: MINUTE,
};

/** The same number of attempts within about twenty seconds, to watch retries on a developer's machine. */
const local: Pace = {
  delays: [0, ...Array<number>(standard.delays.length - 1).fill(SECOND)],
  longestWait: 5 * SECOND,
  patience: 2 * SECOND,
};

/** Returns the waiting times of a stage. @param stage defaults to the function's own stage */
export function paceOf(stage = process.env[variables.stage]): Pace {
  return stage === 'local' ? local : standard;
}

/** The maximum share that is added to a delay, so that callbacks that failed together are retried at different times. */
const JITTER = 0.2;

/**
 * Returns the delay before an attempt, in milliseconds. Undefined when all attempts were made.
 *
 * @param attempt the number of the attempt, from 1
 * @param retryAfter the receiver's `Retry-After` in milliseconds: a minimum, capped at {@link Pace.longestWait}. @default 0
 * @param random at least 0, less than 1
 */
export function delayBefore(
  attempt: number,
  { delays, longestWait }: Pace,
  random: number,
  retryAfter = 0,
): number | undefined {
  const delay = delays[attempt - 1];
  if (delay === undefined) return undefined;
  return Math.max(delay, Math.min(retryAfter, longestWait)) * (1 + JITTER * random);
}
