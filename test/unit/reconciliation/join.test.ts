import fc from 'fast-check';
import type { Book } from '../../../lambdas/runtime/reconciliation/book';
import { businessDay } from '../../../lambdas/runtime/reconciliation/business-day';
import { type Group, joinPage } from '../../../lambdas/runtime/reconciliation/join';
import type { Runtime } from '../../../lambdas/runtime/runtime';

const day = businessDay('2026-01-15', 'Europe/Berlin');
const runtime = {} as Runtime;

interface Entries {
  one: string;
  other: string;
}

function bookOf(keys: readonly string[]): Book<string> {
  return {
    page: async ({ after, limit }) => {
      const rest = after === undefined ? keys : keys.filter((key) => key > after);
      return { entries: rest.slice(0, limit), end: rest.length <= limit };
    },
    find: async () => [],
  };
}

async function joinAll(one: readonly string[], other: readonly string[], limit: number): Promise<Group<Entries>[]> {
  const books = { one: bookOf(one), other: bookOf(other) };
  const found: Group<Entries>[] = [];
  for (let after: string | undefined; ; ) {
    const page = await joinPage<Entries>(books, (key) => key, { day, limit, ...(after && { after }) }, runtime);
    found.push(...page.groups);
    if (page.after === undefined) return found;
    after = page.after;
  }
}

describe('the merge join', () => {
  const keys = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 12 })
    .map((all) => [...all].sort());

  it('joins pages of any size as if the books were read at once', async () => {
    await fc.assert(
      fc.asyncProperty(keys, keys, fc.integer({ min: 1, max: 5 }), async (one, other, limit) => {
        const expected = [...new Set([...one, ...other])].sort().map((key) => ({
          key,
          sides: { one: one.filter((each) => each === key), other: other.filter((each) => each === key) },
        }));
        expect(await joinAll(one, other, limit)).toEqual(expected);
      }),
    );
  });

  it('refuses a book that is not sorted by its keys', async () => {
    await expect(joinAll(['b', 'a'], [], 5)).rejects.toThrow(/book one returned the key a out of order/);
  });

  it('refuses an empty page that entries follow', async () => {
    const endless: Book<string> = { page: async () => ({ entries: [], end: false }), find: async () => [] };
    const books = { one: bookOf([]), other: endless };
    await expect(joinPage<Entries>(books, (key) => key, { day, limit: 5 }, runtime)).rejects.toThrow(
      'The book other returned an empty page although entries follow: return entries, or end: true.',
    );
  });

  it('refuses a key with more entries than memory should hold', async () => {
    await expect(joinAll(Array(40).fill('a'), [], 2)).rejects.toThrow(/more than 32 entries under one key/);
  });
});
