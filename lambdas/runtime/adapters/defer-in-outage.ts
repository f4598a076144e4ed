import type { Adapter } from '../delivery';
import { DeferredError, DependencyError } from '../errors';

/** Bounds of the longest delay, in seconds. */
const MIN_SECONDS = 2;
const MAX_SECONDS = 5 * 60;

/**
 * Defers a message when a dependency is unavailable: when the handler or an inner adapter throws a {@link DependencyError}. The
 * message waits in its queue and uses up no attempts, however long the outage lasts.
 *
 * The longest delay is half the event's age, within 2 seconds and 5 minutes: exponential backoff without a counter. It is at least
 * the delay that the dependency asks for. The delay is a random part of it, at least half, so that messages return at different
 * times.
 *
 * @example
 * export const handler = consume(collectPayment, handle, [deferInOutage(), circuitBreaker('payment-provider')]);
 */
export function deferInOutage(): Adapter {
  return async ({ event, runtime }, next) => {
    try {
      return await next();
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error;
      const age = (runtime.now().getTime() - Date.parse(event.metadata.occurredAt)) / 1_000;
      const longest = Math.max(MIN_SECONDS, error.retryAfterSeconds ?? 0, Math.min(MAX_SECONDS, age / 2));
      throw new DeferredError(error.message, longest * (0.5 + runtime.random() / 2), { cause: error });
    }
  };
}
