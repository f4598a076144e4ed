import { PermanentError } from '../errors';
import type { Runtime } from '../runtime';
import type { Books, PageRequest, Sides } from './book';
import { type Group, joinPage } from './join';
import type { Difference, Reconciliation } from './reconciliation';

/** Keys with differences in one page, at most. Each is compared with all days. */
const MAX_KEYS = 10;
/** Differences in one page, at most. Each is a write. A transaction has 100, and the run needs some of them. */
const MAX_DIFFERENCES = 90;

export interface Found<Entries> extends Difference {
  readonly key: string;
  readonly sides: Sides<Entries>;
}

export interface ComparedPage<Entries> {
  readonly found: readonly Found<Entries>[];
  readonly entries: number;
  /** The key after which the next page begins. Absent after the last page. */
  readonly after?: string;
}

/** The parts of a reconciliation that a comparison needs. */
export type Comparison<Entries> = Pick<
  Reconciliation<Entries>,
  'books' | 'key' | 'compare' | 'suspect' | 'time' | 'graceHours'
>;

const HOUR = 60 * 60 * 1_000;

/**
 * Compares a page. A difference counts only if it is still there with all entries of its key, of any day, and none of them is so
 * young that others may be under way. The page ends before a key that a book cannot find.
 *
 * @throws the error of a book, if it has no page, or cannot find the first key
 */
export async function comparePage<Entries>(
  comparison: Comparison<Entries>,
  request: PageRequest,
  runtime: Runtime,
): Promise<ComparedPage<Entries>> {
  const { books, key: keyOf, compare, suspect = () => false } = comparison;
  const { groups, after } = await joinPage(books, keyOf, request, runtime);
  const now = runtime.now();
  const suspects = groups.filter(({ key, sides }) => suspect(sides, key, now) || compare(sides, key, now).length > 0);
  const found: Found<Entries>[] = [];
  let checked = 0;
  for (let keys = 0, isFull = false; checked < suspects.length && keys < MAX_KEYS && !isFull; ) {
    const some = suspects.slice(checked, checked + MAX_KEYS - keys);
    const { results, failure } = await compareKeys(
      comparison,
      some.map(({ key }) => key),
      runtime,
    );
    if (failure && checked + results.length === 0) throw failure.reason;
    isFull = failure !== undefined;
    const recorded = results.map(({ isYoung, differences }) => (isYoung ? [] : differences));
    for (const differences of recorded) {
      if (found.length + differences.length > MAX_DIFFERENCES) {
        isFull = true;
        break;
      }
      checked++;
      found.push(...differences);
      if (differences.length > 0) keys++;
    }
  }
  const isCut = checked < suspects.length;
  const end = isCut ? suspects[checked - 1]?.key : after;
  const compared = isCut ? groups.filter(({ key }) => key <= (end as string)) : groups;
  return { found, entries: countEntries(compared), ...(end !== undefined && { after: end }) };
}

interface ComparedKey<Entries> {
  readonly differences: readonly Found<Entries>[];
  readonly isYoung: boolean;
}

/**
 * Compares all entries of some keys, of any day. Returns the results before the first key that failed, so that a run gets on although
 * one of many calls to a book fails.
 */
export async function compareKeys<Entries>(
  comparison: Comparison<Entries>,
  keys: readonly string[],
  runtime: Runtime,
): Promise<{ readonly results: readonly ComparedKey<Entries>[]; readonly failure?: { readonly reason: unknown } }> {
  const settled = await Promise.allSettled(keys.map((key) => compareKey(comparison, key, runtime)));
  const results: ComparedKey<Entries>[] = [];
  for (const one of settled) {
    if (one.status === 'rejected') return { results, failure: one };
    results.push(one.value);
  }
  return { results };
}

/** @throws PermanentError when the key has more differences than a transaction takes */
async function compareKey<Entries>(
  { books, key: keyOf, compare, time, graceHours }: Comparison<Entries>,
  key: string,
  runtime: Runtime,
): Promise<ComparedKey<Entries>> {
  const sides = await findSides(books, keyOf, key, runtime);
  const now = runtime.now();
  const old = new Date(now.getTime() - graceHours * HOUR).toISOString();
  const entries = Object.values<readonly Entries[keyof Entries][]>(sides).flat();
  // A kind identifies the discrepancy of a key, so it counts once.
  const byKind = new Map(compare(sides, key, now).map((difference) => [difference.kind, difference]));
  if (byKind.size > MAX_DIFFERENCES) {
    throw new PermanentError(
      `The comparison has ${byKind.size} differences for the key ${key}: join kinds, at most ${MAX_DIFFERENCES} are recorded.`,
    );
  }
  return {
    differences: [...byKind.values()].map((difference) => ({ ...difference, key, sides })),
    isYoung: time !== undefined && entries.some((entry) => time(entry) > old),
  };
}

async function findSides<Entries>(
  books: Books<Entries>,
  keyOf: Comparison<Entries>['key'],
  key: string,
  runtime: Runtime,
): Promise<Sides<Entries>> {
  const names = Object.keys(books) as (keyof Entries & string)[];
  const sides = await Promise.all(
    names.map(async (name) => {
      const entries = await books[name].find(key, runtime);
      const other = entries.map(keyOf).find((one) => one !== key);
      if (other === undefined) return [name, entries];
      throw new PermanentError(`The book ${name} has an entry of the key ${other} under ${key}: correct its find().`);
    }),
  );
  return Object.fromEntries(sides);
}

function countEntries<Entries>(groups: readonly Group<Entries>[]): number {
  let sum = 0;
  for (const { sides } of groups) for (const name in sides) sum += sides[name].length;
  return sum;
}
