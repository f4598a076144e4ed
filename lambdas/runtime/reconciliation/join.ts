import { PermanentError } from '../errors';
import type { Runtime } from '../runtime';
import type { Books, PageRequest, Sides } from './book';

/** A key, and the entries of each book under it. */
export interface Group<Entries> {
  readonly key: string;
  readonly sides: Sides<Entries>;
}

export interface JoinedPage<Entries> {
  readonly groups: readonly Group<Entries>[];
  /** The last key of the page. Absent when no key follows. */
  readonly after?: string;
}

/** A page can grow to this many times its limit, so that it contains all entries of one key. */
const MAX_GROWTH = 16;

/**
 * Reads a page of each book, and merges them by key. It joins the keys that are complete: those before the last key of every page
 * that has a successor. So memory is bounded by a page for each book, and the last key is all that a resumed run needs.
 *
 * @param keyOf returns the key of an entry. Keys sort by their UTF-16 code units, as ASCII does everywhere
 * @throws PermanentError when a book is not sorted by its keys, returns an empty page before its end, or has too many entries under
 *   one key
 */
export async function joinPage<Entries>(
  books: Books<Entries>,
  keyOf: (entry: Entries[keyof Entries]) => string,
  request: PageRequest,
  runtime: Runtime,
): Promise<JoinedPage<Entries>> {
  const names = Object.keys(books) as (keyof Entries & string)[];
  const pages = await Promise.all(
    names.map((name) => readPage(name, (one) => books[name].page(one, runtime), keyOf, request)),
  );
  const horizon = least(pages.flatMap(({ end, keys }) => (end ? [] : keys.slice(-1))));
  const positions = names.map(() => 0);
  const groups: Group<Entries>[] = [];
  for (;;) {
    const key = least(pages.map(({ keys }, book) => keys[positions[book] as number]));
    if (key === undefined || (horizon !== undefined && key >= horizon)) break;
    const sides = names.map((name, book) => {
      const { keys, entries } = pages[book] as ReadPage<Entries[keyof Entries]>;
      const from = positions[book] as number;
      let to = from;
      while (keys[to] === key) to++;
      positions[book] = to;
      return [name, entries.slice(from, to)];
    });
    groups.push({ key, sides: Object.fromEntries(sides) });
  }
  return { groups, ...(horizon !== undefined && { after: groups.at(-1)?.key }) };
}

interface ReadPage<Entry> {
  readonly entries: readonly Entry[];
  readonly keys: readonly string[];
  readonly end: boolean;
}

/** Reads a page with at least two keys, so that the first of them is complete; or the last page. */
async function readPage<Entry>(
  book: string,
  read: (request: PageRequest) => Promise<{ readonly entries: readonly Entry[]; readonly end: boolean }>,
  keyOf: (entry: Entry) => string,
  request: PageRequest,
): Promise<ReadPage<Entry>> {
  for (let growth = 1; growth <= MAX_GROWTH; growth *= 2) {
    const { entries, end } = await read({ ...request, limit: request.limit * growth });
    if (entries.length === 0 && !end) {
      throw new PermanentError(
        `The book ${book} returned an empty page although entries follow: return entries, or end: true.`,
      );
    }
    const keys = entries.map(keyOf);
    requireOrder(book, keys, request);
    if (end || keys[0] !== keys.at(-1)) return { entries, keys, end };
  }
  throw new PermanentError(
    `The book ${book} has more than ${request.limit * MAX_GROWTH} entries under one key: give it a finer key.`,
  );
}

function requireOrder(book: string, keys: readonly string[], { from, to, after }: PageRequest): void {
  keys.forEach((key, index) => {
    const isSorted = index === 0 || (keys[index - 1] as string) <= key;
    const isInside = (from === undefined || key >= from) && (to === undefined || key < to);
    if (isSorted && isInside && (after === undefined || key > after)) return;
    throw new PermanentError(`The book ${book} returned the key ${key} out of order: sort its pages by key.`);
  });
}

function least(keys: readonly (string | undefined)[]): string | undefined {
  let found: string | undefined;
  for (const key of keys) if (key !== undefined && (found === undefined || key < found)) found = key;
  return found;
}
