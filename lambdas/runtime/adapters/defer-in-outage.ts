import type { Adapter } from '../delivery';
import { DeferredError, DependencyError } from '../errors';

/** What a message waits at least, and at most, while a dependency is out of order, in seconds. */
const LEAST = 2;
const MOST = 5 * 60;

/**
 * While a dependency is out of order, messages wait in their queue and use up no attempts, however long it takes. Each waits
 * about half as long again as it has waited already, which is exponential back-off without a counter; or as long as the
 * dependency asks for. Some come early, so that they don't all come back at once.
 */
export function deferInOutage(): Adapter {
  return async ({ event, runtime }, next) => {
    try {
      return await next();
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error;
      const age = (runtime.now().getTime() - Date.parse(event.metadata.occurredAt)) / 1_000;
      const longest = Math.max(LEAST, error.retryAfterSeconds ?? 0, Math.min(MOST, age / 2));
      throw new DeferredError(error.message, longest * (0.5 + runtime.random() / 2), { cause: error });
    }
  };
}
