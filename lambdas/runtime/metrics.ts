import type { Outcome } from './delivery';
import { errorText } from './errors';
import type { ConsumerRuntime } from './runtime';

/** The metrics' names. `lib/broker` sets alarms on some of them, by {@link NAMESPACE} and the dimensions that go with each. */
export const metricNames = {
  /** By consumer: the outcomes of its messages. */
  outcomes: {
    processed: 'Processed',
    duplicate: 'Duplicate',
    parked: 'Parked',
    deferred: 'Deferred',
    retried: 'Retried',
  } satisfies Record<Outcome, string>,
  /** By dependency: messages that wait because its circuit is open. */
  circuitOpen: 'CircuitOpen',
  /** By dependency: changes of its circuit's state. */
  circuitOpened: 'CircuitOpened',
  circuitClosed: 'CircuitClosed',
  /** By dependency: messages that wait because its rate is used up. */
  rateExceeded: 'RateExceeded',
  /** By dependency: its shared state could not be read or written, so messages are processed without its protection. */
  stateUnknown: 'DependencyStateUnknown',
  /** Discrepancies that are neither repaired nor acknowledged. */
  openDiscrepancies: 'OpenDiscrepancies',
} as const;

/** CloudWatch's namespace. */
export const NAMESPACE = 'EventBroker';

/** Adds to a counter. Never throws: a message must not fail because it cannot be counted. */
export function count(
  { metrics, log }: Pick<ConsumerRuntime, 'metrics' | 'log'>,
  name: string,
  value: number,
  dimensions: Readonly<Record<string, string>>,
): void {
  quietly(log, () => metrics?.count(name, value, dimensions));
}

/** Counts the outcomes of a batch, and writes all counts since the last batch. */
export function countOutcomes(
  processed: readonly { readonly outcome: Outcome }[],
  consumer: string,
  runtime: Pick<ConsumerRuntime, 'metrics' | 'log'>,
): void {
  if (runtime.metrics === undefined) return;
  for (const outcome of new Set(processed.map((each) => each.outcome))) {
    const value = processed.filter((each) => each.outcome === outcome).length;
    count(runtime, metricNames.outcomes[outcome], value, { consumer });
  }
  quietly(runtime.log, () => runtime.metrics?.flush());
}

function quietly(log: ConsumerRuntime['log'], work: () => void): void {
  try {
    work();
  } catch (error) {
    log.warn('not counted', { error: errorText(error) });
  }
}
