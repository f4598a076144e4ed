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
  /** Where the next page begins. Absent after the last. */
  readonly after?: string;
}

/** Compares a page. A difference counts only if it is still there with all entries of its key, of any day. */
export async function comparePage<Entries>(
  { books, key: keyOf, compare }: Pick<Reconciliation<Entries>, 'books' | 'key' | 'compare'>,
  request: PageRequest,
  runtime: Runtime,
): Promise<ComparedPage<Entries>> {
  const { groups, after } = await joinPage(books, keyOf, request, runtime);
  const now = runtime.now();
  const suspects = groups.filter(({ key, sides }) => compare(sides, key, now).length > 0);
  const taken = suspects.slice(0, MAX_KEYS);
  const isCut = suspects.length > MAX_KEYS;
  const end = isCut ? taken.at(-1)?.key : after;
  const found = await Promise.all(
    taken.map(async ({ key }) => {
      const sides = await findSides(books, key, runtime);
      return compare(sides, key, now).map((difference) => ({ ...difference, key, sides }));
    }),
  );
  const compared = isCut ? groups.filter(({ key }) => key <= (end as string)) : groups;
  return { found: found.flat(), entries: countEntries(compared), ...(end !== undefined && { after: end }) };
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
