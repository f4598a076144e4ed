/**
 * Why a message was parked on the dead-letter queue: the value of its `reason` attribute.
 *
 * - `not-json`, `not-an-event`, `unknown-contract`, `broken-contract`, `unknown-version`: the message cannot be parsed or validated;
 * - `untrusted`: its sender is not allowed to send it;
 * - `expired`: older than the idempotency window, so a duplicate would not be recognised;
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

/**
 * A failure that no retry can resolve. Throw it from a handler to park the message at once, with the reason.
 *
 * @example
 * export const handler = consume(releaseStock, async ({ orderId }, work) => {
 *   const held = await work.load(stock(orderId));
 *   if (!held) throw new PermanentError(`${orderId} holds no stock: check who cancelled it.`);
 * });
 */
export class PermanentError extends Error {
  /** Identifies the class in logs. */
  override readonly name = 'PermanentError';

  /**
   * @param message what failed, which value, and what to do
   * @param reason the `reason` attribute of the parked message. Default: 'rejected'
   */
  constructor(
    message: string,
    readonly reason: ParkReason = 'rejected',
  ) {
    super(message);
  }
}

/** A loaded item has changed since it was read. The runtime runs the handler again, up to five times. */
export class StaleError extends Error {
  /** Identifies the class in logs. */
  override readonly name = 'StaleError';
}

/** Throw it to defer a message: a delayed copy returns to the queue, and this attempt does not count. */
export class DeferredError extends Error {
  /** Identifies the class in logs. */
  override readonly name = 'DeferredError';

  /**
   * @param message why the message is deferred
   * @param seconds the delay. SQS: at most 900
   * @param options the cause. Default: none
   */
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
  /** Identifies the class in logs. */
  override readonly name = 'DependencyError';

  /**
   * @param dependency its name, e.g. `payment-provider`
   * @param message what failed
   * @param retryAfterSeconds the delay that the dependency asks for, in seconds. Default: none
   * @param options the cause. Default: none
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
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
