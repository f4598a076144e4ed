/**
 * Why a message was parked on the dead-letter queue: the value of its `reason` attribute.
 *
 * - `not-json`, `not-an-event`, `unknown-contract`, `broken-contract`, `unknown-version`: the message cannot be understood;
 * - `untrusted`: it does not come from who may send it;
 * - `expired`: older than the idempotency window, so a second run could not be told from a first;
 * - `too-large`: processing it would exceed a limit of the store or a channel;
 * - `rejected`: the handler threw a {@link PermanentError}, or the store or a channel can never accept its work;
 * - `attempts-exhausted`: it failed as often as the subscription allows.
 */
export type ParkReason =
  | 'not-json'
  | 'not-an-event'
  | 'unknown-contract'
  | 'broken-contract'
  | 'unknown-version'
  | 'untrusted'
  | 'expired'
  | 'too-large'
  | 'rejected'
  | 'attempts-exhausted';

/** Trying again cannot help: the message is parked at once, with the reason. Throw it from a handler to park a message. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';

  constructor(
    message: string,
    readonly reason: ParkReason = 'rejected',
  ) {
    super(message);
  }
}

/** What was loaded has changed meanwhile: load and decide again. */
export class StaleError extends Error {
  override readonly name = 'StaleError';
}

/** Not now, and not this message's fault: a delayed copy goes back to the queue, which does not count as an attempt. */
export class DeferredError extends Error {
  override readonly name = 'DeferredError';

  /** @param seconds how long to wait; SQS delays a message by 15 minutes at most */
  constructor(
    message: string,
    readonly seconds: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Something that this function depends on cannot be reached, fails, or has had enough for now: nothing is wrong with the
 * message. Whoever calls a dependency throws this for what passes by itself, and nothing else: it is what is counted to tell
 * whether a dependency is out of order.
 */
export class DependencyError extends Error {
  override readonly name = 'DependencyError';

  /**
   * @param dependency its name, e.g. `payment-provider`
   * @param retryAfterSeconds how long it asks to be left alone
   */
  constructor(
    readonly dependency: string,
    message: string,
    readonly retryAfterSeconds?: number,
    options?: ErrorOptions,
  ) {
    super(`${dependency}: ${message}`, options);
  }
}

/** An error's name and message in one line, whatever was thrown. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
