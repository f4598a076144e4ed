import type { Runtime } from '../runtime';
import type { Books, PageRequest, Sides } from './book';
import { type Group, joinPage } from './join';
import type { Difference, Reconciliation } from './reconciliation';

/** Keys with differences in one page, at most: each writes and publishes, and a transaction has 100 writes. */
const MAX_KEYS = 10;

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
export type Comparison<Entries> = Pick<Reconciliation<Entries>, 'books' | 'key' | 'compare' | 'time' | 'graceHours'>;

const HOUR = 60 * 60 * 1_000;

/**
 * Compares a page. A difference counts only if it is still there with all entries of its key, of any day, and none of them is so
 * young that others may be under way.
 */
export async function comparePage<Entries>(
  comparison: Comparison<Entries>,
  request: PageRequest,
  runtime: Runtime,
): Promise<ComparedPage<Entries>> {
  const { books, key: keyOf, compare } = comparison;
  const { groups, after } = await joinPage(books, keyOf, request, runtime);
  const now = runtime.now();
  const suspects = groups.filter(({ key, sides }) => compare(sides, key, now).length > 0);
  const taken = suspects.slice(0, MAX_KEYS);
  const isCut = suspects.length > MAX_KEYS;
  const end = isCut ? taken.at(-1)?.key : after;
  const found = await Promise.all(
    taken.map(async ({ key }) => {
      const { isYoung, differences } = await compareKey(comparison, key, runtime);
      return isYoung ? [] : differences;
    }),
  );
  const compared = isCut ? groups.filter(({ key }) => key <= (end as string)) : groups;
  return { found: found.flat(), entries: countEntries(compared), ...(end !== undefined && { after: end }) };
}

/** Compares all entries of a key, of any day. */
export async function compareKey<Entries>(
  { books, compare, time, graceHours }: Comparison<Entries>,
  key: string,
  runtime: Runtime,
): Promise<{ readonly differences: readonly Found<Entries>[]; readonly isYoung: boolean }> {
  const sides = await findSides(books, key, runtime);
  const now = runtime.now();
  const old = new Date(now.getTime() - graceHours * HOUR).toISOString();
  const entries = Object.values<readonly Entries[keyof Entries][]>(sides).flat();
  return {
    differences: compare(sides, key, now).map((difference) => ({ ...difference, key, sides })),
    isYoung: time !== undefined && entries.some((entry) => time(entry) > old),
  };
}

async function findSides<Entries>(books: Books<Entries>, key: string, runtime: Runtime): Promise<Sides<Entries>> {
  const names = Object.keys(books) as (keyof Entries & string)[];
  const sides = await Promise.all(names.map(async (name) => [name, await books[name].find(key, runtime)]));
  return Object.fromEntries(sides);
}

function countEntries<Entries>(groups: readonly Group<Entries>[]): number {
  let sum = 0;
  for (const { sides } of groups) for (const name in sides) sum += sides[name].length;
  return sum;
}
