/** What a table holds: plain JSON values. */
export type Item = object;

/** One item of one of the service's tables, by the table's logical name. `T` is what the item looks like. */
export interface Ref<T extends Item = Item, Name extends string = string> {
  readonly table: Name;
  readonly key: Readonly<Record<string, string>>;
  /** Carries the type only, never a value. */
  readonly _item?: T;
}

/** An item and the version of it that was read. The store keeps the version, the handler never sees it. */
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
 * The outcome of one write of a cancelled transaction: `ok` had no objection, `failed` is its condition, `missing` is a floor
 * on an item that does not exist, `conflict` is a concurrent transaction on the same item, `throttled` is a capacity limit.
 */
export type WriteOutcome = 'ok' | 'failed' | 'missing' | 'conflict' | 'throttled';

/** Nothing of the transaction was done. */
export class TransactionCancelled extends Error {
  override readonly name = 'TransactionCancelled';

  /** @param outcomes one for each write, in their order */
  constructor(readonly outcomes: readonly WriteOutcome[]) {
    super(`The transaction was cancelled: ${outcomes.join(', ')}.`);
  }
}

/** Items of one table by an index: those with this partition key and a sort key in a range, both ends included, in its order. */
export interface Query {
  readonly table: string;
  readonly index: string;
  readonly partition: { readonly attribute: string; readonly value: string };
  readonly sort: { readonly attribute: string; readonly from?: string; readonly upTo: string };
  readonly limit: number;
}

/** Where a service keeps its state. Two implementations pass the same test suite: DynamoDB and memory. */
export interface Store {
  /** Consistent reads, in the order of `refs`; undefined where there is no item. At most 100. */
  load(refs: readonly Ref[]): Promise<readonly (Loaded | undefined)[]>;
  /** Eventually consistent, as indexes are: load an item before deciding on it. */
  query(query: Query): Promise<readonly Item[]>;
  /**
   * All writes or none; at most 100, each to another item.
   *
   * @throws TransactionCancelled when a condition does not hold, or the store refuses for now
   */
  transact(writes: readonly Write[]): Promise<void>;
}

/** Tells items apart in a map, and people which one is meant: `stock/teapot`. A table's name has no slash. */
export function refId({ table: name, key }: Ref): string {
  const values = Object.values(key);
  return `${name}/${values.length === 1 ? values[0] : JSON.stringify(values)}`;
}
