import { defineTable, type Table } from '../declare/table';
import type { Delivery } from '../delivery';
import { DependencyError, errorText } from '../errors';
import { count, metricNames } from '../metrics';
import type { Runtime } from '../runtime';

/** The logical name of {@link dependenciesTable}. */
export const DEPENDENCIES = 'dependencies';

/** Declares a service's table with the shared state of its dependencies. It exists if a function declares any. */
export function dependenciesTable(service: string): Table {
  return defineTable(service, DEPENDENCIES, { key: 'dependency' });
}

/** Returns the dependency's failure: the error itself, or the cause of a deferral. Undefined for any other error. */
export function dependencyFailure(error: unknown): DependencyError | undefined {
  if (error instanceof DependencyError) return error;
  return error instanceof Error && error.cause instanceof DependencyError ? error.cause : undefined;
}

/**
 * Returns a function that makes one value for each function instance. On AWS a process is one instance. Tests and the simulation
 * run many instances in one process with the same adapters.
 */
export function perInstance<T>(make: () => T): (runtime: Runtime) => T {
  const made = new WeakMap<object, T>();
  return ({ instance, store }) => {
    const key = instance ?? store;
    const value = made.get(key) ?? make();
    made.set(key, value);
    return value;
  };
}

/** Counts and logs that a dependency's shared state is unavailable: messages are processed without protection. Never throws. */
export function reportUnknown(dependency: string, error: unknown, { runtime, subscription }: Delivery): void {
  const { log } = runtime;
  count(runtime, metricNames.stateUnknown, 1, { dependency });
  try {
    log.warn('dependency state unknown', { consumer: subscription.consumer, dependency, error: errorText(error) });
  } catch {
    // A message must not fail because it cannot be logged.
  }
}
