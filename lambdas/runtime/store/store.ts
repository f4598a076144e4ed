/** An item of a table: plain JSON values. */
export type Item = object;

/** A reference to one item of one of the service's tables, by the table's logical name. `T` is the item's type. */
export interface Ref<T extends Item = Item, Name extends string = string> {
  readonly table: Name;
  /** The partition key, and then the sort key where the table has one. */
  readonly key: Readonly<Record<string, string>>;
  /** The keys of the table's indexes, which an item can have. @default none */
  readonly indexes?: readonly { readonly key: string; readonly sortKey: string }[];
  /** Carries the type only, never a value. */
  readonly _item?: T;
}

/** An item and the version that was read. The store manages versions; handlers never see them. */
export interface Loaded<T extends Item = Item> {
  readonly item: T;
  readonly version: number;
}

/** One write of a transaction, with its condition. */
export type Write =
  | {
      /** Succeeds if the item does not exist. */
      readonly kind: 'create';
      readonly ref: Ref;
      readonly item: Item;
    }
  | {
      readonly kind: 'put';
      readonly ref: Ref;
      readonly item: Item;
      /** Succeeds if the item still has this version, or still does not exist. */
      readonly expected: number | 'absent';
    }
  | {
      /** Adds to a number. Creates the item if it does not exist, unless there is a floor. */
      readonly kind: 'adjust';
      readonly ref: Ref;
      readonly attribute: string;
      readonly by: number;
      /** Succeeds if the item exists and the sum is not less. @default no condition */
      readonly floor?: number;
    };

/**
 * The outcome of one write of a cancelled transaction. `ok`: the write would have succeeded. `failed`: its condition failed.
 * `missing`: it has a floor, and the item does not exist. `conflict`: a concurrent transaction writes the same item.
 * `throttled`: a capacity limit was reached.
 */
export type WriteOutcome = 'ok' | 'failed' | 'missing' | 'conflict' | 'throttled';

/** A transaction was cancelled: none of its writes was applied. */
export class TransactionCancelled extends Error {
  override readonly name = 'TransactionCancelled';

  /** @param outcomes one for each write, in their order */
  constructor(readonly outcomes: readonly WriteOutcome[]) {
    super(`The transaction was cancelled: ${outcomes.join(', ')}.`);
  }
}

/** A query of a table's index: items with one partition key and a range of sort keys, both ends included, in ascending order. */
export interface Query {
  readonly table: string;
  readonly index: string;
  readonly partition: { readonly attribute: string; readonly value: string };
  readonly sort: { readonly attribute: string; readonly from?: string; readonly upTo: string };
  readonly limit: number;
}

/** A service's tables. Two implementations pass the same test suite: DynamoDB and memory. */
export interface Store {
  /**
   * Loads at most 100 items by strongly consistent reads, in the order of `refs`; undefined where there is no item.
   *
   * @throws PermanentError `rejected` when the store can never answer this read
   */
  load(refs: readonly Ref[]): Promise<readonly (Loaded | undefined)[]>;
  /** Queries an index. Eventually consistent: load an item again before deciding on it. */
  query(query: Query): Promise<readonly Item[]>;
  /**
   * Applies all writes or none: at most 100, each to another item.
   *
   * @throws TransactionCancelled when a condition fails, or the store is busy
   * @throws PermanentError `rejected` when the store can never apply these writes
   */
  transact(writes: readonly Write[]): Promise<void>;
}

/** Identifies an item in maps and in messages: `stock/teapot`. A table's name has no slash. */
export function refId({ table: name, key }: Ref): string {
  const values = Object.values(key);
  return `${name}/${values.length === 1 ? values[0] : JSON.stringify(values)}`;
}
