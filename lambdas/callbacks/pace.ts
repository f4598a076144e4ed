import { variables } from '../runtime/aws/settings';

/** How long is waited for what, in milliseconds. */
export interface Pace {
  /** Before each attempt, after the one before it failed. There are as many attempts as delays. */
  readonly delays: readonly number[];
  /** The most that a receiver's `Retry-After` can make us wait. */
  readonly longestWait: number;
  /** How long the callback of a later event waits for that of an earlier one which nothing was heard of yet. */
  readonly patience: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * The schedule that Standard Webhooks gives ("Deliverability and reliability"): ten attempts in a little more than three days.
 */
const standard: Pace = {
  delays: [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
  longestWait: 24 * HOUR,
  patience: MINUTE,
};

/** As many attempts in some twenty seconds, for those who watch. */
const local: Pace = {
  delays: [0, ...Array<number>(standard.delays.length - 1).fill(SECOND)],
  longestWait: 5 * SECOND,
  patience: 2 * SECOND,
};

/** The pace of the stage that this function runs in. */
export function paceOf(stage = process.env[variables.stage]): Pace {
  return stage === 'local' ? local : standard;
}

/** Delays are stretched by up to this share, so that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * How long to wait before attempt `attempt` (from 1), in milliseconds; undefined when there is none.
 *
 * @param retryAfter what the receiver asked for, in milliseconds: not sooner, but at most {@link Pace.longestWait}
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
