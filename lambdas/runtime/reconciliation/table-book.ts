import type { Table } from '../declare/table';
import type { Item, Query } from '../store/store';
import { type Book, hexadecimalRanges } from './book';

/** The names of the indexes by which a book is read. */
export interface TableBookIndexes {
  /**
   * The index of a day's entries. Its partition key is {@link bookPart}. Its sort key begins with the entry's key: the key alone, or
   * `<key>#<id>` if a key has several entries.
   */
  readonly byDay: string;
  /** The index of a key's entries. Its partition key is the entry's key. @default the table itself, whose partition key is the key */
  readonly byKey?: string;
}

/** DynamoDB's page when all entries of a key are read. A key has few. */
const PAGE_SIZE = 100;
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
 */
export function tableBook<T extends Item>(table: Table<T>, { byDay, byKey }: TableBookIndexes): Book<T> {
  const { key: dayAttribute = '', sortKey = '' } = table.indexes?.[byDay] ?? {};
  return {
    async page({ day, from, to, after, limit }, { store }) {
      const value = bookPart(day.date, from ?? '0');
      const entries: T[] = [];
      // A page of an index is cut at 1 MB, so only an empty one is the last (DynamoDB API reference, Query).
      for (let start = after === undefined ? ' ' : after + AFTER_SEPARATOR; entries.length < limit; ) {
        const query: Query = {
          ...{ table: table.name, index: byDay, partition: { attribute: dayAttribute, value } },
          ...{ sort: { attribute: sortKey, from: start, upTo: LAST }, limit: limit - entries.length },
        };
        const found = (await store.query(query)) as readonly T[];
        entries.push(...found.filter((entry) => to === undefined || text(entry, sortKey) < to));
        if (found.length === 0) return { entries, end: true };
        start = `${text(found.at(-1), sortKey)}!`;
      }
      return { entries, end: false };
    },
    async find(key, { store }) {
      if (byKey === undefined) {
        const [loaded] = await store.load([table(key)]);
        return loaded ? [loaded.item as T] : [];
      }
      const { key: attribute = '', sortKey: sort = '' } = table.indexes?.[byKey] ?? {};
      const query = { table: table.name, index: byKey, partition: { attribute, value: key }, limit: PAGE_SIZE };
      return (await store.query({ ...query, sort: { attribute: sort, upTo: LAST } })) as readonly T[];
    },
  };
}

function text(entry: Item | undefined, attribute: string): string {
  return String((entry as Readonly<Record<string, unknown>> | undefined)?.[attribute] ?? '');
}
