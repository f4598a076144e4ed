import fc from 'fast-check';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { hexadecimalRanges } from '../../../lambdas/runtime/reconciliation/book';
import { businessDay } from '../../../lambdas/runtime/reconciliation/business-day';
import { bookPart, tableBook } from '../../../lambdas/runtime/reconciliation/table-book';
import type { Ref, Store } from '../../../lambdas/runtime/store/store';
import { HandlerWorld } from '../../support/handler-world';

interface Line {
  readonly lineId: string;
  readonly orderId: string;
  readonly part: string;
  readonly sort: string;
}

const day = businessDay('2026-03-29', 'Europe/Berlin');
const lines = defineService('ledger')
  .table('lines', {
    key: 'lineId',
    indexes: { 'by-day': { key: 'part', sortKey: 'sort' }, 'by-order': { key: 'orderId', sortKey: 'lineId' } },
  })
  .of<Line>();
const book = tableBook(lines, { byDay: 'by-day', byKey: 'by-order' });

async function worldWith(keys: readonly string[]): Promise<HandlerWorld> {
  const world = new HandlerWorld();
  for (const [index, orderId] of keys.entries()) {
    const lineId = `line-${index}`;
    const item = { lineId, orderId, part: bookPart(day.date, orderId), sort: `${orderId}#${lineId}` };
    await world.store.transact([{ kind: 'create', ref: lines(lineId), item }]);
  }
  return world;
}

describe('a book in a table', () => {
  const key = fc.stringMatching(/^[A-Za-z0-9_-]{1,3}$/);

  it('returns each key of a day once, sorted by key, in pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), async (keys, limit) => {
        const runtime = (await worldWith(keys)).runtime();
        const found: string[] = [];
        for (const range of hexadecimalRanges) {
          for (let after: string | undefined; ; ) {
            const page = await book.page({ ...range, day, limit, ...(after && { after }) }, runtime);
            found.push(...page.entries.map(({ orderId }) => orderId));
            if (page.end) break;
            after = page.entries.at(-1)?.orderId;
          }
        }
        expect(found).toEqual([...keys].sort());
      }),
    );
  });

  it('loads the entries of an index that has the keys only, without those that have moved to another day', async () => {
    const indexes = { 'by-day': { key: 'part', sortKey: 'sort', keysOnly: true } };
    const slim = defineService('ledger').table('lines', { key: 'lineId', indexes }).of<Line>();
    const world = await worldWith(Array.from({ length: 250 }, (_, index) => `a${String(index).padStart(3, '0')}`));
    const { store } = world;
    const query: Store['query'] = async (one) =>
      ((await store.query(one)) as Line[]).map(({ lineId, part, sort }) => ({ lineId, part, sort }));
    await store.transact([
      { kind: 'put', ref: slim('line-7'), item: { lineId: 'line-7', part: 'other', sort: 'a007#line-7' }, expected: 1 },
    ]);
    const stale = { lineId: 'line-7', part: bookPart(day.date, 'a007'), sort: 'a007#line-7' };
    const lagging: Store['query'] = async (one) => {
      const found = (await query(one)) as Line[];
      return found.some(({ sort }) => sort > stale.sort) && found.some(({ sort }) => sort < stale.sort)
        ? [...found, stale].sort((a, b) => (a.sort < b.sort ? -1 : 1))
        : found;
    };
    const runtime = {
      ...world.runtime(),
      store: { ...store, load: (refs: readonly Ref[]) => store.load(refs), query: lagging },
    };
    const { entries } = await tableBook(slim, { byDay: 'by-day' }).page(
      { from: 'a', to: 'b', day, limit: 500 },
      runtime as never,
    );
    expect(entries).toHaveLength(249);
    expect(entries.map(({ orderId }) => orderId)).toEqual([...entries.map(({ orderId }) => orderId)].sort());
    expect(entries.some(({ lineId }) => lineId === 'line-7')).toBe(false);
  });

  it('continues after the last key', async () => {
    const runtime = (await worldWith(['a', 'a', 'a-b', 'ab', 'b'])).runtime();
    const page = await book.page({ from: 'a', to: 'b', day, limit: 2, after: 'a' }, runtime);
    expect(page).toMatchObject({ entries: [{ orderId: 'a-b' }, { orderId: 'ab' }], end: false });
    expect(await book.page({ from: 'a', to: 'b', day, limit: 2, after: 'ab' }, runtime)).toEqual({
      entries: [],
      end: true,
    });
  });

  it('finds every entry of a key, and refuses to keep too many in memory', async () => {
    const runtime = (await worldWith(Array(250).fill('a'))).runtime();
    expect(new Set((await book.find('a', runtime)).map(({ lineId }) => lineId)).size).toBe(250);
    const endless = { ...runtime.store, query: async () => Array(100).fill({ lineId: 'line', orderId: 'a' }) };
    await expect(book.find('a', { ...runtime, store: endless })).rejects.toThrow(
      /lines has more than 10,?000 entries under the key a: give it a finer key/,
    );
  });

  it('refuses other shards than those that it is listed by', async () => {
    const runtime = (await worldWith(['a'])).runtime();
    await expect(book.page({ from: 'a', to: 'c', day, limit: 5 }, runtime)).rejects.toThrow(
      'The book lines is listed by hexadecimalRanges: reconcile it with those shards.',
    );
  });

  it('finds all entries of a key, and has none of another day', async () => {
    const runtime = (await worldWith(['a', 'b', 'a'])).runtime();
    expect(await book.find('a', runtime)).toHaveLength(2);
    const next = businessDay('2026-03-30', 'Europe/Berlin');
    expect(await book.page({ from: 'a', to: 'b', day: next, limit: 5 }, runtime)).toEqual({ entries: [], end: true });
  });
});
