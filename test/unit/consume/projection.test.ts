import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { projection } from '../../../lambdas/runtime/consume/projection';
import { defineService } from '../../../lambdas/runtime/declare/service';
import type { Write } from '../../../lambdas/runtime/store/store';
import {
  consumerIn,
  eventIdOf,
  findReceipt,
  MOST_RECEIPTS,
  MOST_RECORD_BYTES,
  makeReceipt,
  recordsIn,
  timeOf,
  withRecord,
} from '../../../lambdas/runtime/work/receipts';
import { eventOf, HandlerWorld } from '../../support/handler-world';

const Counted = defineEvent({
  name: 'Counted',
  owner: 'meter',
  version: 1,
  schema: z.object({ meterId: z.string(), by: z.int() }),
});
const Full = defineEvent({ name: 'Full', owner: 'meter', version: 1, schema: z.object({ meterId: z.string() }) });
const service = defineService('meter');
interface View {
  readonly meterId: string;
  readonly sum: number;
}
const views = service.table('views', { key: 'meterId', inboxOf: ['count'] }).of<View>();
const count = service.subscription('count', { to: [Counted], uses: [views] });
const counter = projection(count, views, (view, { data: { meterId, by } }) => {
  return by === 0 ? undefined : { meterId, sum: (view?.sum ?? 0) + by };
});
const UUID = '0859455c-372c-8818-b17f-1f3f01a8703a';

/** A world that keeps what its handlers write. */
class WritingWorld extends HandlerWorld {
  readonly transactions: (readonly Write[])[] = [];

  override runtime() {
    const runtime = super.runtime();
    const transact = async (writes: readonly Write[]) => {
      await this.store.transact(writes);
      this.transactions.push(writes);
    };
    return { ...runtime, store: Object.create(runtime.store, { transact: { value: transact } }) };
  }

  counted(id: string, by = 1): Promise<void> {
    return this.deliver(counter, eventOf(Counted, { meterId: 'one', by }, id));
  }

  get sum(): number | undefined {
    return this.store.items<View>('views')[0]?.sum;
  }
}

describe('a projection', () => {
  it('applies an event with one put and no record', async () => {
    const world = new WritingWorld();
    await world.counted('a');
    expect(world.sum).toBe(1);
    expect(world.transactions.map((writes) => writes.map(({ kind, ref }) => [kind, ref.table]))).toEqual([
      [['put', 'views']],
    ]);
  });

  it('applies an event once that is delivered twice, in one batch or later', async () => {
    const world = new WritingWorld();
    await Promise.all([world.counted('a'), world.counted('b'), world.counted('a')]);
    await world.counted('b');
    expect(world.sum).toBe(2);
  });

  it('remembers an event that changes nothing', async () => {
    const world = new WritingWorld();
    await world.counted('a');
    await world.counted('b', 0);
    const [loaded] = await world.store.load([views('one')]);
    expect(loaded?.item).toEqual({ meterId: 'one', sum: 1 });
    expect(loaded?.receipts?.map(eventIdOf)).toEqual(['a', 'b']);
  });

  it('records an event that concerns no view', async () => {
    const world = new WritingWorld();
    await world.counted('a', 0);
    expect(world.store.items('views')).toEqual([]);
    expect(world.store.items('records')).toMatchObject([{ id: 'meter.count#a' }]);
  });

  it('applies each event once beyond the receipts that a view keeps', async () => {
    const world = new WritingWorld();
    const ids = Array.from({ length: MOST_RECEIPTS + 5 }, (_, index) => `event-${index}`);
    for (const id of [...ids, ...ids]) await world.counted(id);
    expect(world.sum).toBe(ids.length);
    const [loaded] = await world.store.load([views('one')]);
    expect(loaded?.receipts).toHaveLength(MOST_RECEIPTS);
    expect(world.store.items('records')).toHaveLength(5);
  });

  it('records the events of a view that exists from before, so that none is applied twice', async () => {
    const world = new WritingWorld();
    const old = { kind: 'create', ref: views('one'), item: { meterId: 'one', sum: 7 } } as const;
    await world.store.transact([old]);
    await world.counted('a');
    await world.counted('a');
    expect(world.sum).toBe(8);
    expect(world.store.items('records')).toMatchObject([{ id: 'meter.count#a' }]);
  });

  it('does not park a late copy of an event that it has applied', async () => {
    const world = new WritingWorld();
    await world.counted('a');
    world.wait(31 * 86_400);
    await world.counted('a');
    expect(world.parked).toEqual([]);
  });

  it('needs a table that is its inbox', () => {
    const other = service.table('other', { key: 'meterId' }).of<View>();
    const declared = service.subscription('count', { to: [Counted], uses: [other] });
    expect(() => projection(declared, other, (view) => view)).toThrow("{ inboxOf: ['count'] }");
  });
});

describe('a consumer with an inbox', () => {
  const declared = service.subscription('count', { to: [Counted], emits: [Full], uses: [views] });

  it('keeps a record with its outbox only for events of which it emits others', async () => {
    const world = new WritingWorld();
    const handler = consume(declared, async ({ meterId, by }, work) => {
      const view = await work.load(views(meterId), { orElse: { meterId, sum: 0 } });
      work.put(views(meterId), { meterId, sum: view.sum + by });
      if (view.sum + by >= 2) work.emit(Full, { meterId });
    });
    for (const id of ['a', 'b', 'a', 'b']) {
      await world.deliver(handler, eventOf(Counted, { meterId: 'one', by: 1 }, id));
    }
    expect(world.sum).toBe(2);
    expect(world.store.records()).toMatchObject([{ id: 'meter.count#b' }]);
    expect(world.transactions.map((writes) => writes.length)).toEqual([1, 1]);
    expect(world.published()).toHaveLength(1);
  });

  it('writes the record into the idempotency table when the item has no room for it', async () => {
    const world = new WritingWorld();
    const long = 'x'.repeat(800);
    const handler = consume(declared, async ({ meterId }, work) => {
      await work.load(views(meterId));
      work.put(views(meterId), { meterId, sum: 1 });
      work.emit(Full, { meterId: long });
    });
    for (const id of ['a', 'b', 'c', 'a', 'c']) {
      await world.deliver(handler, eventOf(Counted, { meterId: 'one', by: 1 }, id));
    }
    expect(world.store.items('records')).toMatchObject([{ id: 'meter.count#c' }]);
    expect(world.transactions.map((writes) => writes.length)).toEqual([1, 1, 2]);
    expect(world.published()).toHaveLength(3);
  });

  it('keeps the records of several subscriptions, each under its own name', async () => {
    const shared = service.table('totals', { key: 'meterId', inboxOf: ['count', 'fill'] }).of<View>();
    const Filled = defineEvent({
      name: 'Filled',
      owner: 'meter',
      version: 1,
      schema: z.object({ meterId: z.string() }),
    });
    const world = new WritingWorld();
    const count = service.subscription('count', { to: [Counted], emits: [Full], uses: [shared] });
    const counting = consume(count, async ({ meterId }, work) => {
      await work.load(shared(meterId));
      work.put(shared(meterId), { meterId, sum: 1 });
    });
    const fill = service.subscription('fill', { to: [Filled], emits: [Full], uses: [shared] });
    const filling = consume(fill, async ({ meterId }, work) => void work.emit(Full, { meterId }));
    await world.deliver(counting, eventOf(Counted, { meterId: 'one', by: 1 }, 'a'));
    await world.deliver(filling, eventOf(Filled, { meterId: 'one' }, 'b'));
    await world.deliver(filling, eventOf(Filled, { meterId: 'one' }, 'b'));
    const [item] = await world.store.load([shared('one')]);
    expect(
      item?.receipts?.map((receipt) => [eventIdOf(receipt), consumerIn(receipt, ['meter.count', 'meter.fill'])]),
    ).toEqual([
      ['a', 'meter.count'],
      ['b', 'meter.fill'],
    ]);
    expect(world.published()).toHaveLength(1);
  });

  it('retries work that has effects and no inbox to remember it', async () => {
    const world = new WritingWorld();
    const handler = consume(declared, ({ meterId }, work) => void work.emit(Full, { meterId }));
    const delivered = world.deliver(handler, eventOf(Counted, { meterId: 'one', by: 1 }));
    await expect(delivered).rejects.toThrow('views/one, which does not exist: put it');
  });

  it('retries work that neither finds nor puts its item, so that a copy never has effects that it had not', async () => {
    const world = new WritingWorld();
    const handler = consume(declared, async ({ meterId }, work) => {
      if (await work.load(views(meterId))) work.emit(Full, { meterId });
    });
    const event = eventOf(Counted, { meterId: 'one', by: 1 });
    await expect(world.deliver(handler, event)).rejects.toThrow('neither finds nor puts views/one');
    expect(world.store.records()).toEqual([]);
  });

  it('parks an event without the key of its inbox', async () => {
    const world = new WritingWorld();
    const Keyless = defineEvent({ name: 'Keyless', owner: 'meter', version: 1, schema: z.object({}) });
    const keyless = service.subscription('count', { to: [Keyless], uses: [views] });
    await world.deliver(
      consume(keyless, () => {}),
      eventOf(Keyless, {}),
      { expect: 'parked' },
    );
    expect(world.parked).toMatchObject([{ reason: 'rejected' }]);
  });
});

describe('a receipt', () => {
  it.each([UUID, 'order-1', '=', 'a.b', `=${UUID}`, 'ä', 'a {b', '%20', ' '])('tells the id and the time: %s', (id) => {
    const receipt = makeReceipt(id, 1_700_000_000_000);
    expect([eventIdOf(receipt), timeOf(receipt)]).toEqual([id, 1_700_000_000_000]);
    expect(findReceipt([makeReceipt('other', 5), receipt], id)).toBe(receipt);
  });

  it('of an event is not that of an event whose id ends the same', () => {
    expect(findReceipt([makeReceipt('a.b', 1), makeReceipt('xb', 1)], 'b')).toBeUndefined();
  });

  it.each([0, 1, 12])('tells the consumer at position %d', (position) => {
    const consumers = Array.from({ length: 13 }, (_, index) => `meter.${index}`);
    expect(consumerIn(makeReceipt(UUID, 5, position), consumers)).toBe(`meter.${position}`);
  });

  it('has a record, of which the receipts of an item have 2 KB at most', () => {
    const receipt = makeReceipt(UUID, Date.UTC(2026), 1);
    const record = {
      consumer: 'meter.fill',
      correlationId: 'flow "1"',
      outbox: '{"trace":"","events":[]}',
      calls: '[]',
      requestHash: 'hash',
      response: '{"statusCode":202}',
    };
    const kept = withRecord(receipt, record, []) ?? '';
    expect(recordsIn([makeReceipt('a', 1), kept])).toEqual([
      {
        id: `meter.fill#${UUID}`,
        correlationId: 'flow "1"',
        processedAt: '2026-01-01T00:00:00.000Z',
        outbox: { trace: '', events: [] },
        calls: '[]',
        requestHash: 'hash',
        response: '{"statusCode":202}',
      },
    ]);
    expect([eventIdOf(kept), timeOf(kept), consumerIn(kept, [])]).toEqual([UUID, Date.UTC(2026), 'meter.fill']);
    expect(findReceipt([kept], UUID)).toBe(kept);
    const bytes = Buffer.byteLength(kept) - Buffer.byteLength(makeReceipt(UUID, Date.UTC(2026))) - 1;
    const others = Array.from({ length: Math.floor(MOST_RECORD_BYTES / bytes) - 1 }, () => kept);
    expect(withRecord(receipt, record, others)).toBe(kept);
    expect(withRecord(receipt, record, [...others, kept])).toBeUndefined();
  });

  it('with a record that cannot be read has it as its outbox, which is set aside', () => {
    const broken = `${makeReceipt(UUID, Date.UTC(2026))} {"by":`;
    const processedAt = '2026-01-01T00:00:00.000Z';
    expect(recordsIn([broken])).toEqual([{ id: UUID, processedAt, outbox: broken }]);
  });

  it('of a UUID is 31 characters long', () => {
    expect(makeReceipt(UUID, Date.UTC(2026))).toHaveLength(31);
  });
});
