/** An item of a table. Its values are plain JSON. */
export type Item = object;

/** A reference to one item of one of the service's tables, by the table's logical name. `T` is the item's type. */
export interface Ref<T extends Item = Item, Name extends string = string> {
  /** The table's logical name. */
  readonly table: Name;
  /** The partition key, and then the sort key where the table has one. */
  readonly key: Readonly<Record<string, string>>;
  /** The keys of the table's indexes. @default none */
  readonly indexes?: readonly {
    /** The attribute that is the index's partition key. */
    readonly key: string;
    /** The attribute that is the index's sort key. */
    readonly sortKey: string;
  }[];
  /** Whether its items keep receipts. @default false */
  readonly keepsReceipts?: boolean;
  /** Carries the type only, never a value. */
  readonly _item?: T;
}

/** An item and the version that was read. The store manages versions; handlers never see them. */
export interface Loaded<T extends Item = Item> {
  /** The item, without its version. */
  readonly item: T;
  /** The number of its writes. */
  readonly version: number;
  /**
   * The receipts of the events that its inbox has processed since it was created, the last one last. The runtime manages them;
   * handlers never see them. @default the item keeps none, so every event has an idempotency record
   */
  readonly receipts?: readonly string[];
  /** The names of all attributes that are stored, the store's own included. @default unknown */
  readonly attributes?: readonly string[];
}

/**
 * The attribute of an item whose last write added a receipt with a record. The filter of the relay's stream looks for it, and every other
 * write removes it.
 */
export const RECORDED = '_recorded';

/** One write, with its condition. */
export type Write =
  | {
      /** Creates an item. Succeeds if the item does not exist. */
      readonly kind: 'create';
      /** The item to write. */
      readonly ref: Ref;
      /** Its new content. */
      readonly item: Item;
      /** The receipts that it keeps. @default none */
      readonly receipts?: readonly string[];
      /** Whether this write added the last receipt, with a record. @default false */
      readonly hasRecord?: boolean;
    }
  | {
      /** Replaces an item, or creates it. */
      readonly kind: 'put';
      /** The item to write. */
      readonly ref: Ref;
      /** Its new content. */
      readonly item: Item;
      /** The receipts that it keeps. @default none */
      readonly receipts?: readonly string[];
      /** Whether this write added the last receipt, with a record. @default false */
      readonly hasRecord?: boolean;
      /** Succeeds if the item still has this version, or still does not exist. */
      readonly expected: number | 'absent';
      /** The attributes of the item that it replaces, as they were loaded. @default unknown */
      readonly replaced?: readonly string[];
    }
  | {
      /** Adds to a number. Creates the item if it does not exist, unless there is a floor. */
      readonly kind: 'adjust';
      /** The item to write. */
      readonly ref: Ref;
      /** The attribute that is the number. */
      readonly attribute: string;
      /** A safe integer. */
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
  /** The table's logical name. */
  readonly table: string;
  /** The index's name. */
  readonly index: string;
  /** The partition key. */
  readonly partition: {
    /** The attribute's name. */
    readonly attribute: string;
    /** Its value. */
    readonly value: string;
  };
  /** The range of sort keys. */
  readonly sort: {
    /** The attribute's name. */
    readonly attribute: string;
    /** The least value. @default no bound */
    readonly from?: string;
    /** The greatest value. */
    readonly upTo: string;
  };
  /** The most items that are returned. */
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
  /** Queries an index. Indexes are eventually consistent: load an item again before deciding on it. */
  query(query: Query): Promise<readonly Item[]>;
  /**
   * Applies all writes or none: at most 100, each to another item.
   *
   * @throws TransactionCancelled when a condition fails, or the store is busy
   * @throws PermanentError `rejected` when the store can never apply these writes
   */
  transact(writes: readonly Write[]): Promise<void>;
  /**
   * Applies each write for itself, at the price of single writes: each to another item. Never throws.
   *
   * @returns for each write, in their order: undefined if it was applied, or the error that `transact` throws for this write alone
   */
  writeEach(writes: readonly Write[]): Promise<readonly (Error | undefined)[]>;
}

/** Applies each write by a call of its own, as {@link Store.writeEach} does. */
export function writeOneByOne(
  writes: readonly Write[],
  apply: (write: Write) => Promise<void>,
): Promise<readonly (Error | undefined)[]> {
  return Promise.all(
    writes.map((write) =>
      apply(write).then(
        () => undefined,
        (error: Error) => error,
      ),
    ),
  );
}

/** Identifies an item in maps and in messages: `stock/teapot`. A table's name has no slash. */
export function refId({ table: name, key }: Ref): string {
  const values = Object.values(key);
  return `${name}/${values.length === 1 ? values[0] : JSON.stringify(values)}`;
}
