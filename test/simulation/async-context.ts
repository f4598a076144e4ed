const { AsyncLocalStorage: Original } = process.getBuiltinModule('node:async_hooks');

const storages = new Set<{ disable(): void }>();
let isTracked = true;

/**
 * Sets whether values of {@link AsyncLocalStorage} follow the asynchronous calls of a world. Node 20 then calls hooks for every promise,
 * which takes a seventh of a world's time. Without it, outgoing requests have no trace, and records do not list them.
 */
export function trackContexts(isOn: boolean): void {
  isTracked = isOn;
  if (!isOn) for (const storage of storages) storage.disable();
}

/** Replaces the class of `node:async_hooks` in the bundle of a simulator. */
export class AsyncLocalStorage<Store> extends Original<Store> {
  constructor() {
    super();
    storages.add(this);
  }

  override run<Result, Arguments extends unknown[]>(
    store: Store,
    work: (...values: Arguments) => Result,
    ...values: Arguments
  ): Result {
    return isTracked ? super.run(store, work, ...values) : work(...values);
  }
}
