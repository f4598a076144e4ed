import type { Adapter, Delivery } from '../delivery';
import { Breaker, type BreakerSettings, type CircuitEvents } from './breaker';
import type { CircuitPolicy } from './circuit';
import { perInstance } from './dependency';

/**
 * Options of {@link circuitBreaker}. Defaults: `failureRate` 0.5, `minimumCalls` 5, `windowSeconds` 60, `openSeconds` 30,
 * `maxOpenSeconds` 300, `probeSeconds` 60.
 */
export interface CircuitBreakerOptions extends Partial<CircuitPolicy> {
  /** How long an instance uses its copy of the circuit, in seconds. @default 5 */
  readonly refreshSeconds?: number;
  /** Events to publish when the circuit opens and closes. The subscription declares them in `emits`. @default no events */
  readonly events?: CircuitEvents;
}

const DEFAULTS: CircuitPolicy & Pick<BreakerSettings, 'refreshSeconds'> = {
  failureRate: 0.5,
  // Fewer than a subscription's attempts: the retries of a single message open the circuit before they are used up.
  minimumCalls: 5,
  windowSeconds: 60,
  openSeconds: 30,
  maxOpenSeconds: 5 * 60,
  probeSeconds: 60,
  refreshSeconds: 5,
};

/**
 * Stops calling a dependency that is unavailable, and probes it with one message at a time until it is available again. Only a
 * `DependencyError` with the dependency's name counts as a failure.
 *
 * - Closed: messages are processed. A failed message is retried, and its attempt counts.
 * - Open, after too many failed calls: messages are deferred and use up no attempts.
 * - Half-open, after a pause: one message probes the dependency, and all others are deferred. If the probe succeeds, the circuit
 *   closes. If the probe fails, it is deferred, and the pause doubles.
 *
 * All function instances of the service share the circuit in its table `dependencies`. While no call fails, instances read the
 * circuit every few seconds and never write it. If the table is unavailable, messages are processed as if the circuit were closed,
 * and an alarm reports it.
 *
 * @example
 * export const handler = consume(collectPayment, handle, [
 *   circuitBreaker('payment-provider', {
 *     openSeconds: 30,
 *     events: { opened: ProviderLost, closed: ProviderRegained },
 *   }),
 * ]);
 *
 * @param dependency the name that the subscription declares in `dependencies`
 * @param options thresholds, durations and events. Default: those of {@link CircuitBreakerOptions}
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
    prepare: (delivery: Delivery) => breakerOf(delivery.runtime).prepare(delivery),
    requires: { dependencies: [dependency], emits: events ? [events.opened, events.closed] : [] },
  });
}
