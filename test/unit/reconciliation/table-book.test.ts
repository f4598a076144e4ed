import fc from 'fast-check';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { hexadecimalRanges } from '../../../lambdas/runtime/reconciliation/book';
import { businessDay } from '../../../lambdas/runtime/reconciliation/business-day';
import { bookPart, tableBook } from '../../../lambdas/runtime/reconciliation/table-book';
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

  it('continues after the last key', async () => {
    const runtime = (await worldWith(['a', 'a', 'a-b', 'ab', 'b'])).runtime();
    const page = await book.page({ from: 'a', to: 'b', day, limit: 2, after: 'a' }, runtime);
    expect(page).toMatchObject({ entries: [{ orderId: 'a-b' }, { orderId: 'ab' }], end: false });
    expect(await book.page({ from: 'a', to: 'b', day, limit: 2, after: 'ab' }, runtime)).toEqual({
      entries: [],
      end: true,
    });
  });

  it('finds all entries of a key, and has none of another day', async () => {
    const runtime = (await worldWith(['a', 'b', 'a'])).runtime();
    expect(await book.find('a', runtime)).toHaveLength(2);
    const next = businessDay('2026-03-30', 'Europe/Berlin');
    expect(await book.page({ from: 'a', to: 'b', day: next, limit: 5 }, runtime)).toEqual({ entries: [], end: true });
  });
});
