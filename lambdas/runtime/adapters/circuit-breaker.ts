import type { Adapter } from '../delivery';
import { Breaker, type BreakerSettings, type CircuitEvents } from './breaker';
import type { CircuitPolicy } from './circuit';
import { perInstance } from './dependency';

export interface CircuitBreakerOptions extends Partial<CircuitPolicy> {
  /** How long an instance uses its copy of the circuit, in seconds. @default 5 */
  readonly refreshSeconds?: number;
  /** Events of the service to publish when the circuit changes. The subscription must declare them. @default metrics only */
  readonly events?: CircuitEvents;
}

const DEFAULTS: CircuitPolicy & Pick<BreakerSettings, 'refreshSeconds'> = {
  failureRate: 0.5,
  // Even a single message that is retried opens the circuit before its attempts are used up.
  minimumCalls: 5,
  windowSeconds: 60,
  openSeconds: 30,
  maxOpenSeconds: 5 * 60,
  probeSeconds: 60,
  refreshSeconds: 5,
};

/**
 * Stops calling a dependency that is unavailable, and finds out with one message at a time when it is available again. Only a
 * {@link DependencyError} counts as a failure.
 *
 * - closed: messages are processed. A failure is retried as usual and counts as an attempt.
 * - open, when too many calls have failed: messages are deferred and use up no attempts.
 * - half-open, after a pause: one message probes for all. If it succeeds the circuit closes, otherwise it is deferred too.
 *
 * All function instances share the circuit in the service's table `dependencies`. While nothing fails it is only read, every few
 * seconds. If the table is unavailable, messages are processed as if the circuit were closed, and an alarm reports it.
 *
 * @example
 * consume(collectPayment, handle, [circuitBreaker('payment-provider', { openSeconds: 30 })]);
 *
 * @param dependency the name that the subscription declares in `dependencies`
 * @throws Error when an option is out of range
 */
export function circuitBreaker(dependency: string, options: CircuitBreakerOptions = {}): Adapter {
  const settings = { ...DEFAULTS, ...options };
  const { failureRate, minimumCalls, events } = settings;
  if (!(failureRate > 0 && failureRate <= 1)) throw new Error(`${dependency}: failureRate must be above 0, at most 1.`);
  if (!(minimumCalls >= 1)) throw new Error(`${dependency}: minimumCalls must be at least 1.`);
  const breakerOf = perInstance(() => new Breaker(dependency, settings));

  const adapter: Adapter = async (delivery, next) => {
    const breaker = breakerOf(delivery.runtime);
    const probe = await breaker.admit(delivery);
    try {
      const outcome = await next();
      await breaker.succeeded(probe, delivery);
      return outcome;
    } catch (error) {
      throw await breaker.failed(probe, error, delivery);
    }
  };
  return Object.assign(adapter, {
    requires: { dependencies: [dependency], emits: events ? [events.opened, events.closed] : [] },
  });
}
