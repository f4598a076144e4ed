import type { Delivery } from '../delivery';
import { StaleError } from '../errors';
import { type RetryPolicy, retryWhen } from '../retry';
import { type Item, type Loaded, type Ref, TransactionCancelled } from '../store/store';
import { DEPENDENCIES, reportUnknown } from './dependency';

/** The result of a change. */
export interface Change<T> {
  readonly state: T;
  /** False when the decision was to leave the state as it is. */
  readonly isChanged: boolean;
}

/** Returns the new state, or undefined to leave it as it is. */
export type Decide<T> = (before: T) => T | undefined;

/**
 * The state of one dependency that all functions of a service share: an item of the service's table `dependencies`. Each function
 * instance has a cached copy.
 */
export class SharedState<T extends Item> {
  readonly ref: Ref<T>;
  private cached?: { readonly state: T; readonly at: number };
  private reading?: Promise<void>;
  private starting?: Promise<Loaded | undefined>;
  /** Reads that were started for a message, which uses them once. */
  private readonly started = new WeakMap<Delivery, Promise<Loaded | undefined>>();

  /**
   * @param key distinguishes several states of one dependency, e.g. `circuit`
   * @param dependency its declared name
   * @param initial the state before the first change
   */
  constructor(
    key: string,
    private readonly dependency: string,
    private readonly initial: T,
  ) {
    this.ref = { table: DEPENDENCIES, key: { dependency: `${key}#${dependency}` } };
  }

  /** The copy that this instance has; undefined before the first read. */
  get latest(): T | undefined {
    return this.cached?.state;
  }

  /**
   * Starts the read that the message needs later, unless the copy is younger than `maxAgeSeconds`. All messages of a batch share one.
   * If it fails, it fails for the one who uses it.
   */
  start(delivery: Delivery, maxAgeSeconds = 0): void {
    if (this.started.has(delivery) || this.isFresh(delivery, maxAgeSeconds)) return;
    this.starting ??= this.load(delivery).finally(() => {
      this.starting = undefined;
    });
    this.starting.catch(() => {});
    this.started.set(delivery, this.starting);
  }

  /**
   * The state, read at most `maxAgeSeconds` ago. All messages of a batch share one read. While the table is unavailable it is the
   * initial state, and the failure is reported.
   */
  async read(delivery: Delivery, maxAgeSeconds: number): Promise<T> {
    const started = this.takeStarted(delivery);
    if (!this.isFresh(delivery, maxAgeSeconds)) {
      this.reading ??= this.refresh(delivery, started).finally(() => {
        this.reading = undefined;
      });
      await this.reading;
    }
    return this.cached?.state ?? this.initial;
  }

  /**
   * Changes the state optimistically: when another instance changes it at the same moment, the decision is made again on the
   * new state. The first decision uses the read that was started, if any.
   *
   * @param write commits the new state. Default: puts the item
   * @throws TransactionCancelled or StaleError when the contention outlasts the policy; any other error of the store
   */
  async change(
    delivery: Delivery,
    policy: RetryPolicy,
    decide: Decide<T>,
    write?: (after: T, before: T) => Promise<boolean>,
  ): Promise<Change<T>> {
    const { store } = delivery.runtime;
    return retryWhen(isContended, policy, delivery.runtime, async () => {
      const loaded = await (this.takeStarted(delivery) ?? this.load(delivery));
      const before = (loaded?.item as T | undefined) ?? this.initial;
      const after = decide(before);
      if (!after) return { state: this.remember(before, delivery), isChanged: false };
      if (!(await write?.(after, before))) {
        const item = { ...after, ...this.ref.key };
        await store.transact([{ kind: 'put', ref: this.ref, item, expected: loaded?.version ?? 'absent' }]);
      }
      return { state: this.remember(after, delivery), isChanged: true };
    });
  }

  private isFresh({ runtime }: Delivery, maxAgeSeconds: number): boolean {
    return this.cached !== undefined && runtime.now().getTime() - this.cached.at < maxAgeSeconds * 1_000;
  }

  /** Returns the read that was started for this message, once: later reads must see later writes. */
  private takeStarted(delivery: Delivery): Promise<Loaded | undefined> | undefined {
    const started = this.started.get(delivery);
    this.started.delete(delivery);
    return started;
  }

  private async load({ runtime }: Delivery): Promise<Loaded | undefined> {
    const [loaded] = await runtime.store.load([this.ref]);
    return loaded;
  }

  private async refresh(delivery: Delivery, started?: Promise<Loaded | undefined>): Promise<void> {
    let state = this.initial;
    try {
      const loaded = await (started ?? this.load(delivery));
      state = (loaded?.item as T | undefined) ?? this.initial;
    } catch (error) {
      // Cached like any other state: a store that is unavailable is not read again for every message.
      reportUnknown(this.dependency, error, delivery);
    }
    this.remember(state, delivery);
  }

  private remember(state: T, { runtime }: Delivery): T {
    this.cached = { state, at: runtime.now().getTime() };
    return state;
  }
}

function isContended(error: unknown): boolean {
  return error instanceof TransactionCancelled || error instanceof StaleError;
}
