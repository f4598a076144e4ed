import type { Delivery } from '../delivery';
import { DependencyError, describe } from '../errors';
import { count, metricNames } from '../metrics';
import type { Runtime } from '../runtime';
import type { Store } from '../store/store';

/** The service's table of what its functions know together of its dependencies: declared by `dependencies` in its stack. */
export const DEPENDENCIES = 'dependencies';

/** The failure of a dependency that an error tells of, by itself or as the cause of a deferral. */
export function dependencyFailure(error: unknown): DependencyError | undefined {
  if (error instanceof DependencyError) return error;
  return error instanceof Error && error.cause instanceof DependencyError ? error.cause : undefined;
}

/** Something that each function instance has for itself: adapters are made once, but many instances may run in one process. */
export function perInstance<T>(make: () => T): (runtime: Runtime) => T {
  const made = new WeakMap<Store, T>();
  return ({ store }) => {
    const instance = made.get(store) ?? make();
    made.set(store, instance);
    return instance;
  };
}

/** Tells people that messages pass without protection: a dependency's shared state cannot be had. */
export function reportUnknown(dependency: string, error: unknown, { runtime, subscription }: Delivery): void {
  const { log } = runtime;
  count(runtime, metricNames.stateUnknown, 1, { dependency });
  try {
    log.warn('dependency state unknown', { consumer: subscription.consumer, dependency, error: describe(error) });
  } catch {
    // A message is not to fail because it cannot be logged.
  }
}
