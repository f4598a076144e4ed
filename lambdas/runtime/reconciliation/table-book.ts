import { keyNames, type Table } from '../declare/table';
import { PermanentError } from '../errors';
import { queryAll } from '../store/query-all';
import type { Item, Query, Store } from '../store/store';
import { type Book, hexadecimalRanges } from './book';

/** The names of the indexes by which a book is read. */
export interface TableBookIndexes {
  /**
   * The index of a day's entries. Its partition key is {@link bookPart}. Its sort key begins with the entry's key: the key alone, or
   * `<key>#<id>` if a key has several entries. If the index has the keys only, the entries are loaded from the table.
   */
  readonly byDay: string;
  /** The index of a key's entries. Its partition key is the entry's key. @default the table itself, whose partition key is the key */
  readonly byKey?: string;
}

/** The most items that a store loads in one call. */
const LOADED_AT_ONCE = 100;
/** Entries under one key in memory, at most. */
const MOST = 10_000;
/** Sorts before every character of an `Identifier`, and before the separator. */
const NEXT = '!';
/** Sorts behind the separator `#`, and before every character of an `Identifier`. */
const AFTER_SEPARATOR = '$';
/** Sorts behind every character of an `Identifier`. */
const LAST = '~';

/**
 * Returns the partition of a table's index in which an entry is listed. A day has 16 partitions, one for each of
 * {@link hexadecimalRanges}, because DynamoDB limits the traffic of each.
 *
 * @param date the day of the entry, `YYYY-MM-DD`
 * @param key the entry's key
 */
export function bookPart(date: string, key: string): string {
  const digit = hexadecimalRanges.findLast(({ from = '' }) => key >= from)?.from ?? '0';
  return `${date}#${digit}`;
}

/**
 * Makes a book whose entries are items of one of the service's tables. It needs `shards: hexadecimalRanges`.
 *
 * @example
 * const recorded = tableBook(paymentBook, { byDay: 'by-day', byKey: 'by-order' });
 *
 * @param table the table of the entries
 * @param indexes the names of its indexes
 * @throws PermanentError when it is read by other shards, or has too many entries under one key
 */
export function tableBook<T extends Item>(table: Table<T>, { byDay, byKey }: TableBookIndexes): Book<T> {
  const { key: dayAttribute = '', sortKey = '', keysOnly = false } = table.indexes?.[byDay] ?? {};
  return {
    async page({ day, from, to, after, limit }, { store }) {
      if (!hexadecimalRanges.some((range) => range.from === from && range.to === to)) {
        throw new PermanentError(
          `The book ${table.name} is listed by hexadecimalRanges: reconcile it with those shards.`,
        );
      }
      const value = bookPart(day.date, from ?? '0');
      const entries: T[] = [];
      // A page of an index is cut at 1 MB, so only an empty one is the last (DynamoDB API reference, Query).
      for (let start = after === undefined ? ' ' : after + AFTER_SEPARATOR; entries.length < limit; ) {
        const query: Query = {
          ...{ table: table.name, index: byDay, partition: { attribute: dayAttribute, value } },
          ...{ sort: { attribute: sortKey, from: start, upTo: LAST }, limit: limit - entries.length },
        };
        const found = await store.query(query);
        // An index can still list an entry that has moved to another day.
        const loaded = keysOnly
          ? (await loadAll(table, found, store)).filter((one) => text(one, dayAttribute) === value)
          : found;
        entries.push(...(loaded as readonly T[]));
        if (found.length === 0) return { entries, end: true };
        start = `${text(found.at(-1), sortKey)}${NEXT}`;
      }
      return { entries, end: false };
    },
    async find(key, { store }) {
      if (byKey === undefined) {
        const [loaded] = await store.load([table(key)]);
        return loaded ? [loaded.item as T] : [];
      }
      const { key: attribute = '', sortKey: sort = '' } = table.indexes?.[byKey] ?? {};
      const query = { table: table.name, index: byKey, partition: { attribute, value: key } };
      const entries = await queryAll(store, { ...query, sort: { attribute: sort, upTo: LAST } }, MOST);
      if (entries.length <= MOST) return entries as readonly T[];
      throw new PermanentError(
        `The book ${table.name} has more than ${MOST} entries under the key ${key}: give it a finer key.`,
      );
    },
  };
}

async function loadAll(table: Table, keys: readonly Item[], store: Pick<Store, 'load'>): Promise<Item[]> {
  const refs = keys.map((one) => {
    const [key = '', sortKey] = keyNames(table).map((name) => text(one, name));
    return table(key, sortKey);
  });
  const parts = Array.from({ length: Math.ceil(refs.length / LOADED_AT_ONCE) }, (_, part) =>
    refs.slice(part * LOADED_AT_ONCE, (part + 1) * LOADED_AT_ONCE),
  );
  const loaded = (await Promise.all(parts.map((part) => store.load(part)))).flat();
  return loaded.flatMap((one) => one?.item ?? []);
}

function text(entry: Item | undefined, attribute: string): string {
  return String((entry as Readonly<Record<string, unknown>> | undefined)?.[attribute] ?? '');
}
