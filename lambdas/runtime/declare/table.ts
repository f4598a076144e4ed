import type { Item, Ref } from '../store/store';

/** A global secondary index of a table. */
export interface TableIndex {
  /** The attribute that is its partition key. */
  readonly key: string;
  /** The attribute that is its sort key. */
  readonly sortKey: string;
  /**
   * Whether it has the keys only, not the other attributes. A write that changes no key is free then. It cannot be changed later, only by
   * an index of another name. @default false
   */
  readonly keysOnly?: boolean;
}

/** The attributes of a table's keys and indexes. All keys are strings. */
export interface TableKeys {
  /** The partition key's attribute. */
  readonly key: string;
  /** The sort key's attribute. @default none: one item for each partition key */
  readonly sortKey?: string;
  /** The attribute with the time, in seconds since 1970, after which DynamoDB may delete an item. @default items stay */
  readonly timeToLive?: string;
  /** Global secondary indexes by name. An index leaves out items without its attributes. @default none */
  readonly indexes?: Readonly<Record<string, TableIndex>>;
  /**
   * The names of the subscriptions and endpoints whose inbox the table is: its items keep the receipts of the events and requests that they
   * have processed, and what those have caused. They find or put the item, and no two subscriptions receive the same event. The events' data
   * has the item's key under the names of `key` and `sortKey`; an endpoint names the item with its `inbox`. Only for new tables, or new
   * items: items that exist keep none. Add a name at the end, because receipts have the position. @default none: each event and request has
   * an idempotency record
   */
  readonly inboxOf?: readonly string[];
}

/**
 * A service's table. Its stack creates it. Handlers call it to make references to its items. Made by `Service.table`.
 *
 * @example
 * export const handler = consume(releaseStock, async (_order, work) => {
 *   const teapots = await work.load(stock('teapot'));
 * });
 */
export interface Table<T extends Item = Item, Name extends string = string> extends TableKeys {
  /** Returns a reference to one item. @throws Error when the table has a sort key and none is given */
  (key: string, sortKey?: string): Ref<T, Name>;
  /** Discriminates declarations. */
  readonly kind: 'table';
  /** The service's name. */
  readonly service: string;
  /** The logical name. The physical name is generated. */
  readonly name: Name;
}

/** An item that keeps the receipts of a consumer. */
export interface InboxRef extends Ref {
  /** The position of the consumer in the table's `inboxOf`. @default 0 */
  readonly consumer?: number;
}

/** The references that a declared table makes. */
export type RefTo<One extends Table> = One extends Table<infer T, infer Name> ? Ref<T, Name> : never;

/** Returns the attributes of a table's key: the partition key, and the sort key if there is one. */
export function keyNames({ key, sortKey }: Pick<TableKeys, 'key' | 'sortKey'>): string[] {
  return sortKey === undefined ? [key] : [key, sortKey];
}

/** Makes a table. Services declare theirs with `Service.table`. */
export function defineTable<T extends Item, const Name extends string>(
  service: string,
  name: Name,
  keys: TableKeys,
): Table<T, Name> {
  const indexes = keys.indexes && Object.values(keys.indexes);
  const keepsReceipts = keys.inboxOf && true;
  const ref = (key: string, sort?: string): Ref<T, Name> => {
    if (keys.sortKey === undefined) return { table: name, key: { [keys.key]: key }, indexes, keepsReceipts };
    if (sort === undefined) throw new Error(`${service}.${name} has the sort key ${keys.sortKey}: pass its value too.`);
    return { table: name, key: { [keys.key]: key, [keys.sortKey]: sort }, indexes, keepsReceipts };
  };
  const properties = { kind: 'table', service, name, ...keys } as const;
  // A function's own `name` cannot be assigned, only redefined.
  return Object.defineProperties(
    ref,
    Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, { value, enumerable: true }])),
  ) as Table<T, Name>;
}
