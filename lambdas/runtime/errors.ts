/**
 * Why a message was parked on the dead-letter queue: the value of its `reason` attribute.
 *
 * - `not-json`, `not-an-event`, `unknown-contract`, `broken-contract`, `unknown-version`: the message cannot be understood;
 * - `untrusted`: its sender is not allowed to send it;
 * - `expired`: older than the idempotency window, so a second run would not be recognised;
 * - `too-large`: processing it would exceed a limit of the store or a channel;
 * - `rejected`: the handler threw a {@link PermanentError}, or the store or a channel can never accept its work;
 * - `attempts-exhausted`: all attempts of its subscription failed.
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

/** A failure that no retry can resolve. Throw it from a handler to park the message at once, with the reason. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';

  constructor(
    message: string,
    readonly reason: ParkReason = 'rejected',
  ) {
    super(message);
  }
}

/** A loaded item has changed: the handler loads and decides again. */
export class StaleError extends Error {
  override readonly name = 'StaleError';
}

/** Throw it to defer a message: a delayed copy returns to the queue, and this attempt does not count. */
export class DeferredError extends Error {
  override readonly name = 'DeferredError';

  /** @param seconds the delay; at most 15 minutes, the longest delay of SQS */
  constructor(
    message: string,
    readonly seconds: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * A dependency is unavailable: it cannot be reached, fails, or throttles. Clients of dependencies throw this error for transient
 * failures only, because the circuit breaker counts it.
 */
export class DependencyError extends Error {
  override readonly name = 'DependencyError';

  /**
   * @param dependency its name, e.g. `payment-provider`
   * @param retryAfterSeconds the delay that the dependency asks for. @default none
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

/** Returns the name and message of an error, or the text of any other thrown value. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
