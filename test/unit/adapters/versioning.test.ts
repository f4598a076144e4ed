import * as z from 'zod/mini';
import { defineEvent, upcast } from '../../../contracts/core/contract';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { defineService } from '../../../lambdas/runtime/declare/service';
import type { Expectation } from '../../support/ending-log';
import { eventOf, HandlerWorld } from '../../support/handler-world';

const V1 = z.object({ id: z.string(), cents: z.int() });
const V2 = z.object({ id: z.string(), amount: z.object({ cents: z.int() }) });
const V3 = z.object({ id: z.string(), amount: z.object({ cents: z.int(), currency: z.string() }) });
const upcasts = {
  1: upcast(V1, ({ id, cents }) => ({ id, amount: { cents } })),
  2: upcast(V2, ({ id, amount }) => ({ id, amount: { ...amount, currency: 'EUR' } })),
};
const Billed = defineEvent({ name: 'Billed', owner: 'biller', version: 3, schema: V3, upcasts });

const books = defineService('books');
const bills = books.table('bills', { key: 'id' }).of<z.infer<typeof V3>>();
const keepBill = books.subscription('keep', { to: [Billed], uses: [bills] });
const handler = consume(keepBill, async (bill, work) => {
  await work.load(bills(bill.id));
  work.put(bills(bill.id), bill);
});

/** Returns an event as published in an earlier version. */
function published(version: number, data: object) {
  const event = eventOf(Billed, { id: 'bill-1', amount: { cents: 1, currency: 'USD' } });
  return { ...event, detail: { metadata: { ...event.detail.metadata, version }, data } };
}

async function deliver(version: number, data: object, expectation: Expectation = {}) {
  const world = new HandlerWorld();
  await world.deliver(handler, published(version, data), expectation);
  return { stored: world.store.items('bills'), parked: world.parked };
}

const SAME = [{ id: 'bill-1', amount: { cents: 5, currency: 'EUR' } }];

test.each([
  ['v1', 1, { id: 'bill-1', cents: 5 }],
  ['v2', 2, { id: 'bill-1', amount: { cents: 5 } }],
  ['v3', 3, { id: 'bill-1', amount: { cents: 5, currency: 'EUR' } }],
])('processes an event of %s with the same result as one of v3', async (_, version, data) => {
  expect(await deliver(version, data)).toEqual({ stored: SAME, parked: [] });
});

test('deduplicates a v1 event that is replayed after v3 was deployed', async () => {
  const world = new HandlerWorld();
  const Old = defineEvent({ name: 'Billed', owner: 'biller', version: 1, schema: V1 });
  const counts = books.table('counts', { key: 'id' }).of<{ id: string; count: number }>();
  const count = (contract: typeof Billed | typeof Old) =>
    consume(books.subscription('count', { to: [contract], uses: [counts] }), async ({ id }, work) => {
      const before = await work.load(counts(id));
      work.put(counts(id), { id, count: (before?.count ?? 0) + 1 });
    });
  const event = published(1, { id: 'bill-1', cents: 5 });
  await world.deliver(count(Old), event);
  await world.deliver(count(Billed), event);
  expect(world.store.items('counts')).toEqual([{ id: 'bill-1', count: 1 }]);
  expect(world.parked).toEqual([]);
});

test('parks a newer version, with the supported versions and what to do', async () => {
  const { stored, parked } = await deliver(4, {}, { expect: 'parked' });
  expect(stored).toEqual([]);
  expect(parked[0]).toMatchObject({
    reason: 'unknown-version',
    error:
      'PermanentError: Billed v4 is newer than this consumer supports (v1–v3). ' +
      'Deploy its service with the newer contract, then redrive.',
  });
});

test('parks a version older than the oldest upcast', async () => {
  const Young = defineEvent({ name: 'Billed', owner: 'biller', version: 3, schema: V3, upcasts: { 2: upcasts[2] } });
  const world = new HandlerWorld();
  await world.deliver(
    consume(books.subscription('keep', { to: [Young] }), () => {}),
    published(1, { id: 'bill-1', cents: 5 }),
    { expect: 'parked' },
  );
  expect(world.parked[0]).toMatchObject({ reason: 'unknown-version' });
  expect(world.parked[0]?.error).toContain('older than this consumer supports (v2–v3)');
});

test('parks data that does not match the schema of its version, with the version', async () => {
  const { parked } = await deliver(1, { id: 'bill-1', amount: { cents: 5 } }, { expect: 'parked' });
  expect(parked[0]).toMatchObject({ reason: 'broken-contract' });
  expect(parked[0]?.error).toContain('(v1): cents');
});

test('parks data that an upcast has made invalid', async () => {
  const faulty = { 1: upcasts[1], 2: upcast(V2, ({ id }) => ({ id })) };
  const Faulty = defineEvent({ name: 'Billed', owner: 'biller', version: 3, schema: V3, upcasts: faulty });
  const world = new HandlerWorld();
  await world.deliver(
    consume(books.subscription('keep', { to: [Faulty] }), () => {}),
    published(1, { id: 'bill-1', cents: 5 }),
    { expect: 'parked' },
  );
  expect(world.parked[0]).toMatchObject({ reason: 'broken-contract' });
});

test.each([[{ 1: upcasts[1] }], [{ 2: upcasts[2], 3: upcasts[2] }], [{ 0: upcasts[1], 2: upcasts[2] }]])(
  'rejects upcasts with a gap, or from versions that are not older',
  (faulty) => {
    expect(() => defineEvent({ name: 'Billed', owner: 'biller', version: 3, schema: V3, upcasts: faulty })).toThrow(
      'an upcast is missing or superfluous. Write one for each version up to v2',
    );
  },
);

test('emits an event again in the current version of its contract', async () => {
  const world = new HandlerWorld();
  const kept = { ...published(1, {}).detail.metadata };
  const again = consume(defineService('biller').subscription('bill', { to: [Billed], emits: [Billed] }), (bill, work) =>
    work.emit(Billed, bill, kept),
  );
  await world.deliver(again, published(1, { id: 'bill-1', cents: 5 }));
  expect(world.published()[0]?.detail).toEqual({ metadata: { ...kept, version: 3 }, data: SAME[0] });
});
