import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { PermanentError } from '../../../lambdas/runtime/errors';
import { limits } from '../../../lambdas/runtime/store/limits';
import type { Ref, Store, Write } from '../../../lambdas/runtime/store/store';
import { commit, type ProcessedRecord } from '../../../lambdas/runtime/work/commit';
import { type Cause, UnitOfWork } from '../../../lambdas/runtime/work/unit-of-work';
import { MemoryStore } from '../../support/memory-store';

const Said = defineEvent({ name: 'Said', owner: 'speaker', version: 1, schema: z.object({ text: z.string() }) });
const Heard = defineEvent({
  name: 'Heard',
  owner: 'speaker',
  version: 1,
  channel: 'topic',
  schema: z.object({ text: z.string() }),
});
const Due = defineEvent({
  name: 'Due',
  owner: 'speaker',
  version: 1,
  channel: 'reminder',
  schema: z.object({ text: z.optional(z.string()) }),
});
const speaker = defineService('speaker');
interface Note {
  readonly id: string;
  readonly text?: string;
  readonly count?: number;
  readonly part?: string;
}
const note = speaker.table('notes', { key: 'id' }).of<Note>();
const indexed = speaker
  .table('indexed', { key: 'id', indexes: { 'by-part': { key: 'part', sortKey: 'text' } } })
  .of<Note>();
const KB = 1_024;

function begin(
  store: Pick<Store, 'load'> = new MemoryStore(),
  cause: Cause = { id: 'cause', correlationId: 'correlation' },
  inbox?: Ref,
): UnitOfWork {
  const worker = { consumer: 'speaker.say', emits: new Set(['Said', 'Heard', 'Due']), idempotencyDays: 30 };
  return new UnitOfWork(worker, cause, new Date('2026-01-01'), store, inbox);
}

describe('a unit of work', () => {
  test('has no effect until it is committed', async () => {
    const store = new MemoryStore();
    const work = begin(store);
    await work.load(note('one'));
    work.put(note('one'), { id: 'one', text: 'hello' });
    work.adjust(note('two'), 'count', 1);
    work.emit(Said, { text: 'hello' });
    expect(store.items('notes')).toEqual([]);
  });

  test('continues an earlier flow', () => {
    const work = begin();
    work.continueFlow('earlier');
    expect(work.emit(Said, { text: 'hello' }).correlationId).toBe('earlier');
    expect(() => work.continueFlow('another')).toThrow('before the first event');
  });

  test('loads its own staged writes', async () => {
    const work = begin();
    expect(await work.load([note('one'), note('two')])).toEqual([undefined, undefined]);
    work.put(note('one'), { id: 'one', text: 'hello' });
    expect(await work.load(note('one'))).toEqual({ id: 'one', text: 'hello' });
  });

  test('refuses to put an item that it has not loaded: a concurrent change would be lost', () => {
    expect(() => begin().put(note('one'), { id: 'one' })).toThrow(/Load .* before you put it/);
  });

  test('returns orElse where there is no item, and creates the item when it is put', async () => {
    const work = begin();
    const loaded = await work.load(note('one'), { orElse: { id: 'one', count: 0 } });
    expect(loaded).toEqual({ id: 'one', count: 0 });
    work.put(note('one'), { ...loaded, count: 1 });
    expect(work.writes).toMatchObject([{ kind: 'put', expected: 'absent', item: { id: 'one', count: 1 } }]);
  });

  test('creates an item without loading it, and loads it afterwards', async () => {
    const work = begin();
    work.create(note('one'), { id: 'one', text: 'new' });
    expect(work.writes).toMatchObject([{ kind: 'create', item: { id: 'one', text: 'new' } }]);
    expect(await work.load(note('one'))).toEqual({ id: 'one', text: 'new' });
  });

  test('loads the item that an adjustment will create', async () => {
    const work = begin();
    await work.load(note('one'));
    work.adjust(note('one'), 'count', 2);
    expect(await work.load(note('one'))).toEqual({ id: 'one', count: 2 });
  });

  test('refuses two writes to one item', async () => {
    const work = begin();
    work.adjust(note('one'), 'count', 1);
    expect(() => work.adjust(note('one'), 'count', 1)).toThrow(/twice/);
  });

  test.each([
    [0.5, undefined],
    [Number.NaN, undefined],
    [2 ** 53, undefined],
    [1, Number.NaN],
    [1, 0.5],
    [1 - 2 ** 53, 10],
  ])('refuses to adjust by %p with the floor %p', (by, floor) => {
    const adjust = () => begin().adjust(note('one'), 'count', by, { floor });
    expect(adjust).toThrow(/safe integer/);
    expect(adjust).toThrow(PermanentError);
  });

  test('refuses an event that its service does not declare', () => {
    const Whispered = defineEvent({ name: 'Whispered', owner: 'speaker', version: 1, schema: z.object({}) });
    expect(() => begin().emit(Whispered, {})).toThrow(/which it does not declare/);
  });

  test('refuses data that break the contract', () => {
    const emit = () => begin().emit(Said, { text: 1 } as unknown as { text: string });
    expect(emit).toThrow('speaker.say cannot emit Said: text: Invalid input: expected string, received number.');
    expect(emit).toThrow(PermanentError);
  });

  test('stages each event for its contract’s channel', () => {
    const work = begin();
    work.emit(Said, { text: 'a' });
    work.emit(Heard, { text: 'b' });
    work.remind(Due, {}, new Date('2026-01-02'));
    expect(work.events).toMatchObject([
      { name: 'Said' },
      { channel: 'topic' },
      { channel: 'reminder', due: '2026-01-02T00:00:00.000Z' },
    ]);
    expect(work.events[0]).not.toHaveProperty('channel');
    expect(() => work.emit(Due, {})).toThrow(/remind\(\)/);
    expect(() => work.remind(Said, { text: 'a' }, new Date())).toThrow(/emit\(\)/);
  });

  test('gives each event an id of its own that is the same whenever the work runs again', () => {
    const metadataOf = (work: UnitOfWork) => [
      work.emit(Said, { text: 'a' }),
      work.remind(Due, {}, new Date('2026-01-02')),
    ];
    const [said, due] = metadataOf(begin());
    expect(metadataOf(begin()).map(({ id }) => id)).toEqual([said?.id, due?.id]);
    expect(said?.id).not.toBe(due?.id);
    expect(begin(new MemoryStore(), { id: 'other', correlationId: 'flow' }).emit(Said, { text: 'a' }).id).not.toBe(
      said?.id,
    );
    expect([begin().newId('a'), begin().newId('b')]).toEqual([
      begin().newId('a'),
      expect.not.stringMatching(begin().newId('a')),
    ]);
  });

  test('names its cause, flow, time and trace in the metadata of each event', () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const cause = { id: 'cause', correlationId: 'flow', traceparent: `00-${trace}-b7ad6b7169203331-01` };
    const work = begin(new MemoryStore(), cause);
    expect(work.emit(Said, { text: 'a' })).toEqual({
      id: expect.any(String),
      version: 1,
      correlationId: 'flow',
      causationId: 'cause',
      occurredAt: '2026-01-01T00:00:00.000Z',
      traceparent: expect.stringMatching(`^00-${trace}-`),
    });
    expect(work.traceparent).toMatch(`00-${trace}-`);
    expect(work.traceparent).not.toBe(cause.traceparent);
  });

  test('loads an item once, and all others in one call', async () => {
    const store = new MemoryStore();
    const load = jest.spyOn(store, 'load');
    const work = begin(store);
    await work.load(note('one'));
    await work.load([note('one'), note('two'), note('three')]);
    await work.load(note('two'));
    expect(load.mock.calls).toEqual([[[note('one')]], [[note('two'), note('three')]]]);
  });

  test('returns the item, not orElse, where there is one', async () => {
    const store = new MemoryStore();
    await store.transact([{ kind: 'create', ref: note('one'), item: { id: 'one', count: 1 } }]);
    expect(await begin(store).load(note('one'), { orElse: { id: 'one', count: 0 } })).toEqual({ id: 'one', count: 1 });
  });

  test('loads what an adjustment makes of an item, and writes the key into each item', async () => {
    const store = new MemoryStore();
    await store.transact([{ kind: 'create', ref: note('one'), item: { id: 'one', text: 'a', count: 1 } }]);
    const work = begin(store);
    await work.load([note('one'), note('two')]);
    work.adjust(note('one'), 'count', -3, { floor: -5 });
    work.put(note('two'), { id: 'wrong', text: 'b' });
    work.create(note('three'), { id: 'wrong', text: 'c' });
    expect(await work.load(note('one'))).toEqual({ id: 'one', text: 'a', count: -2 });
    expect(work.writes).toEqual([
      { kind: 'adjust', ref: note('one'), attribute: 'count', by: -3, floor: -5 },
      { kind: 'put', ref: note('two'), item: { id: 'two', text: 'b' }, expected: 'absent' },
      { kind: 'create', ref: note('three'), item: { id: 'three', text: 'c' } },
    ]);
  });

  test('puts an item over the version that it has loaded', async () => {
    const store = new MemoryStore();
    await store.transact([{ kind: 'create', ref: note('one'), item: { id: 'one' } }]);
    await store.transact([{ kind: 'put', ref: note('one'), item: { id: 'one' }, expected: 1 }]);
    const work = begin(store);
    await work.load(note('one'));
    work.put(note('one'), { id: 'one', text: 'b' });
    expect(work.writes).toMatchObject([{ kind: 'put', expected: 2 }]);
  });

  test('puts an item over the attributes that it has loaded', async () => {
    const attributes = ['id', 'text', '_version'];
    const load = async () => [{ item: { id: 'one', text: 'a' }, version: 1, attributes }];
    const work = begin({ load });
    await work.load(note('one'));
    work.put(note('one'), { id: 'one' });
    expect(work.writes).toMatchObject([{ kind: 'put', expected: 1, replaced: attributes }]);
  });

  test.each([
    [
      'an item',
      [{ kind: 'create', ref: note('one'), item: { id: 'one', text: 'a', count: 1 } }],
      { text: 'a', count: 3 },
    ],
    ['an item without the number', [{ kind: 'create', ref: note('one'), item: { id: 'one' } }], { count: 2 }],
    ['no item', [], { count: 2 }],
  ] satisfies [string, Write[], object][])(
    'loads what its adjustment makes of %s that was not loaded before',
    async (_, before, after) => {
      const store = new MemoryStore();
      if (before.length > 0) await store.transact(before);
      const work = begin(store);
      work.adjust(note('another'), 'count', 7);
      work.adjust(note('one'), 'count', 2);
      expect(await work.load([note('one'), note('two')])).toEqual([{ id: 'one', ...after }, undefined]);
      expect(await work.load(note('one'))).toEqual({ id: 'one', ...after });
    },
  );

  test('adds its receipt to the inbox alone, however it is written', async () => {
    const inbox = (id: string): Ref<Note> => ({ ...note(id), keepsReceipts: true });
    const store = new MemoryStore();
    await store.transact(
      ['one', 'two'].map((id) => ({ kind: 'create', ref: inbox(id), item: { id }, receipts: ['earlier'] })),
    );
    const receiptsOf = ({ writes }: UnitOfWork) => writes.map((write) => write.kind !== 'adjust' && write.receipts);
    const [putting, creating] = [begin(store, undefined, inbox('one')), begin(store, undefined, inbox('new'))];
    await putting.load([inbox('one'), inbox('two')]);
    for (const id of ['two', 'one']) putting.put(inbox(id), { id });
    for (const id of ['other', 'new']) creating.create(inbox(id), { id });
    const receipt = expect.stringContaining('=cause');
    expect(receiptsOf(putting)).toEqual([['earlier'], ['earlier', receipt]]);
    expect(receiptsOf(creating)).toEqual([[], [receipt]]);
    expect(() => begin(store, undefined, inbox('one')).adjust(inbox('one'), 'count', 1)).toThrow(
      'notes/one is an inbox, which keeps receipts: put it.',
    );
  });

  test('keeps its record in the inbox only while the item has room for it', () => {
    const inbox: Ref<Note> = { ...note('one'), keepsReceipts: true };
    const lastReceipt = ({ writes: [write] }: UnitOfWork) =>
      Buffer.byteLength((write?.kind === 'create' ? write.receipts?.at(-1) : undefined) ?? '');
    const keep = (length: number) => {
      const work = begin(new MemoryStore(), undefined, inbox);
      work.create(inbox, { id: 'one', text: 'x'.repeat(length) });
      const before = { size: work.size, receipt: lastReceipt(work) };
      const isElsewhere = work.stageReceipt({ requestHash: 'hash', response: '{}' });
      return { isElsewhere, before, after: { size: work.size, receipt: lastReceipt(work) } };
    };
    const { before, after } = keep(0);
    expect(after.receipt).toBeGreaterThan(before.receipt);
    expect(after.size - before.size).toBe(after.receipt - before.receipt);
    const room = limits.item - before.size - after.receipt;
    expect([keep(room).isElsewhere, keep(room + 1).isElsewhere]).toEqual([false, true]);
  });

  test('keeps its record in the write of its inbox, whichever it is, and says whether it has to go elsewhere', () => {
    const inbox: Ref<Note> = { ...note('one'), keepsReceipts: true };
    const work = begin(new MemoryStore(), undefined, inbox);
    work.adjust(note('count'), 'count', 1);
    work.create(note('first'), { id: 'first' });
    work.create(inbox, { id: 'one' });
    expect(work.stageReceipt({ response: '{}' })).toBe(false);
    expect(work.writes.map((write) => write.kind !== 'adjust' && write.hasRecord)).toEqual([false, undefined, true]);
  });

  test('does not create an item of its inbox that it knows to exist', async () => {
    const inbox: Ref<Note> = { ...note('one'), keepsReceipts: true };
    const store = new MemoryStore();
    await store.transact([{ kind: 'create', ref: inbox, item: { id: 'one' }, receipts: [] }]);
    const work = begin(store, undefined, inbox);
    await work.load(inbox);
    expect(() => work.create(inbox, { id: 'one' })).toThrow('creates notes/one, which exists already.');
    // A duplicate can create it too, which only the commit tells.
    const other = begin(store);
    await other.load(note('one'));
    expect(() => other.create(note('one'), { id: 'one' })).not.toThrow();
  });

  test('is never a duplicate and always needs a record without an inbox', () => {
    expect([begin().isDuplicate, begin().stageReceipt({})]).toEqual([false, true]);
  });

  test.each<[string, string, (work: UnitOfWork) => void]>([
    [
      'a put before a load',
      'Load notes/one before you put it, or a concurrent',
      (work) => work.put(note('one'), { id: 'one' }),
    ],
    [
      'two writes to an item',
      'notes/one is written twice in one unit of work: stage one write for it.',
      (work) => {
        for (const by of [1, 2]) work.adjust(note('one'), 'count', by);
      },
    ],
    [
      'an adjustment by a fraction',
      'notes/one: count can only be adjusted by a safe integer, to a floor that is one.',
      (work) => work.adjust(note('one'), 'count', 0.5),
    ],
    ['an event of a reminder', 'Due is a reminder: say when it is due, with remind().', (work) => work.emit(Due, {})],
    [
      'a reminder of an event',
      'Said is not a reminder: publish it with emit().',
      (work) => work.remind(Said, { text: 'a' }, new Date()),
    ],
    [
      'a reminder at no time',
      'speaker.say cannot schedule Due: its due time is invalid.',
      (work) => work.remind(Due, {}, new Date(Number.NaN)),
    ],
    [
      'more than 99 writes',
      'speaker.say: more than 99 writes. Split the work into several events.',
      (work) => adjust(work, 100),
    ],
    [
      'an outbox above 400 KB',
      'speaker.say: the outbox exceeds one item (400 KB). Split the work into several events.',
      (work) => {
        for (let index = 0; index < 3; index++) work.emit(Said, { text: 'x'.repeat(150 * KB) });
      },
    ],
    [
      'an event above 256 KB on a topic',
      'bytes, and its topic takes 262144. Split the work into several events.',
      (work) => work.emit(Heard, { text: 'x'.repeat(256 * KB) }),
    ],
  ])('explains why it refuses %s', (_, message, stage) => {
    expect(() => stage(begin())).toThrow(message);
  });

  test('stages 99 writes, and a reminder in the last second of the year 9999', () => {
    const work = begin();
    adjust(work, 99);
    work.remind(Due, {}, new Date(Date.UTC(10_000) - 1));
    expect([work.writes.length, work.events[0]?.due]).toEqual([99, '9999-12-31T23:59:59.999Z']);
  });

  test('leaves 8 KB of its record beside the outbox', () => {
    const bytes = (work: UnitOfWork) => work.outbox.reduce((sum, entry) => sum + Buffer.byteLength(entry) + 1, 0);
    const emit = (...sizes: number[]) => {
      const work = begin();
      for (const size of sizes) work.emit(Said, { text: 'x'.repeat(size) });
      return work;
    };
    const room = 392 * KB - bytes(emit(90 * KB, 90 * KB, 90 * KB, 90 * KB, 0)) - 1;
    emit(90 * KB, 90 * KB, 90 * KB, 90 * KB, room);
    expect(() => emit(90 * KB, 90 * KB, 90 * KB, 90 * KB, room + 1)).toThrow('the outbox exceeds');
  });

  test('counts the bytes of its writes', async () => {
    const work = begin();
    work.create(note('one'), { id: 'one', text: 'a' });
    const { size } = work;
    work.create(note('two'), { id: 'two', text: 'a' });
    expect([size > 0, work.size]).toEqual([true, 2 * size]);
  });

  test('stages an event again under its metadata, in the current version of the contract', () => {
    const metadata = { ...begin().emit(Said, { text: 'a' }), version: 0, occurredAt: '2025-01-01T00:00:00.000Z' };
    const work = begin();
    expect(work.emit(Said, { text: 'a' }, metadata)).toEqual({ ...metadata, version: 1 });
    expect(work.outbox[0]).toContain('2025-01-01');
    work.emit(Said, { text: 'a' });
    work.remind(Due, {}, new Date('2026-02-01'));
    for (const entry of work.outbox.slice(1)) expect(entry).not.toContain('2026-01-01');
  });

  test('stages an event again under its metadata', () => {
    const first = begin();
    const metadata = first.emit(Said, { text: 'a' });
    const second = begin();
    second.emit(Said, { text: 'a' }, metadata);
    expect(second.events).toEqual(first.events);
  });
});

describe('a unit of work that exceeds a limit is refused when the write or event is staged:', () => {
  test.each<[string, (work: UnitOfWork) => void]>([
    [
      'more than 99 writes',
      (work) => {
        adjust(work, 100);
      },
    ],
    ['an event above 1 MB', (work) => work.emit(Said, { text: 'x'.repeat(1_024 * KB) })],
    ['a topic message above 256 KB', (work) => work.emit(Heard, { text: 'x'.repeat(256 * KB) })],
    [
      'a reminder above 256 KB that needs a schedule',
      (work) => work.remind(Due, { text: 'x'.repeat(256 * KB) }, new Date('2026-01-02')),
    ],
    [
      'an outbox above 400 KB',
      (work) => {
        for (let index = 0; index < 3; index++) work.emit(Said, { text: 'x'.repeat(150 * KB) });
      },
    ],
  ])('%s', (_name, stage) => {
    const work = begin();
    expect(() => stage(work)).toThrow(PermanentError);
    try {
      stage(begin());
    } catch (error) {
      expect(error).toMatchObject({ reason: 'too-large' });
    }
  });

  test('an item above 400 KB', async () => {
    const work = begin();
    await work.load(note('one'));
    expect(() => work.put(note('one'), { id: 'one', text: 'x'.repeat(400 * KB) })).toThrow(PermanentError);
  });

  test('a transaction above 4 MB', async () => {
    const work = begin();
    const refs = Array.from({ length: 12 }, (_, index) => note(`note ${index}`));
    await work.load(refs);
    const stage = () => {
      for (const ref of refs) work.put(ref, { id: '', text: 'x'.repeat(390 * KB) });
    };
    expect(stage).toThrow(/4 MB/);
  });

  test('a transaction one byte above 3.6 MB, because its record can have 400 KB', () => {
    const fill = (last: number) => {
      const work = begin();
      for (let index = 0; index < 9; index++)
        work.create(note(`note ${index}`), { id: '', text: 'x'.repeat(390 * KB) });
      work.create(note('last'), { id: '', text: 'x'.repeat(last) });
      return work;
    };
    const room = 4 * KB * KB - 400 * KB - fill(0).size;
    fill(room);
    expect(() => fill(room + 1)).toThrow(/4 MB/);
  });

  test('a record above 400 KB, with its response', async () => {
    const store = new MemoryStore();
    const work = begin(store);
    work.emit(Said, { text: 'x'.repeat(380 * KB) });
    const record = recordOf({ response: 'y'.repeat(30 * KB) });
    await expect(commit(store, { id: record.id, record, staged: work })).rejects.toMatchObject({ reason: 'too-large' });
    expect(store.items('records')).toEqual([]);
  });

  test('but a reminder above 256 KB is accepted while its queue can delay it', () => {
    const work = begin();
    work.remind(Due, { text: 'x'.repeat(300 * KB) }, new Date('2026-01-01T00:15:00Z'));
    expect(work.events).toHaveLength(1);
  });
});

describe('a unit of work rejects what its store or a channel can never take, before any call:', () => {
  const item = (more: object) => ({ ...more, id: 'one' });

  test.each<[string, (work: UnitOfWork) => unknown]>([
    ['an event with an unpaired surrogate', (work) => work.emit(Said, { text: '\ud800' })],
    ['an event with U+FFFF', (work) => work.emit(Heard, { text: '\uffff' })],
    [
      'an event that is staged again with an invalid time',
      (work) => work.emit(Said, { text: 'a' }, { ...begin().emit(Said, { text: 'a' }), occurredAt: 'yesterday' }),
    ],
    ['a reminder with a control character', (work) => work.remind(Due, { text: '\u0000' }, new Date())],
    ['a reminder at no time', (work) => work.remind(Due, {}, new Date(Number.NaN))],
    ['a reminder in the year 10000', (work) => work.remind(Due, {}, new Date(Date.UTC(10_000)))],
    ['an item with an unpaired surrogate', (work) => work.create(note('one'), item({ text: '\udc00' }))],
    ['an item with NaN', (work) => work.create(note('one'), item({ count: Number.NaN }))],
    ['an item with a number that loses digits', (work) => work.create(note('one'), item({ count: 2 ** 60 }))],
    ['an item whose key is empty', (work) => work.create(note(''), item({}))],
    ['an item whose key has more than 2,048 bytes', (work) => work.create(note('€'.repeat(700)), item({}))],
    ['an item whose key in an index is empty', (work) => work.create(indexed('one'), item({ part: '' }))],
    ['an adjustment of an item whose key is empty', (work) => work.adjust(note(''), 'count', 1)],
  ])('%s', (_, stage) => {
    const work = begin();
    expect(() => stage(work)).toThrow(expect.objectContaining({ name: 'PermanentError', reason: 'rejected' }));
  });

  test.each([
    ['an empty key', ''],
    ['a key of 2,100 bytes', 'x'.repeat(2_100)],
    ['a key of 700 characters with three bytes each', '€'.repeat(700)],
    ['a key with an unpaired surrogate', '\ud800'],
  ])('a load with %s', async (_, id) => {
    const store = new MemoryStore();
    const load = jest.spyOn(store, 'load');
    await expect(begin(store).load(note(id))).rejects.toMatchObject({ name: 'PermanentError', reason: 'rejected' });
    await expect(begin(store).load([note('ok'), note(id)])).rejects.toThrow(PermanentError);
    expect(load).not.toHaveBeenCalled();
  });

  test.each([
    ['its correlation id', { id: 'cause', correlationId: 'c\uffff' }],
    ['its causation id', { id: 'x'.repeat(2_000), correlationId: 'correlation' }],
  ])('an event that no consumer would accept, because of %s', (_, cause) => {
    expect(() => begin(new MemoryStore(), cause).emit(Said, { text: 'a' })).toThrow(PermanentError);
  });

  test('a record whose key is too long', async () => {
    const store = new MemoryStore();
    const record = recordOf({ id: `speaker.say#${'x'.repeat(2_100)}` });
    await expect(commit(store, { id: record.id, record, staged: begin(store) })).rejects.toMatchObject({
      reason: 'rejected',
    });
  });
});

function adjust(work: UnitOfWork, writes: number): void {
  for (let index = 0; index < writes; index++) work.adjust(note(`note ${index}`), 'count', 1);
}

function recordOf(more: Partial<ProcessedRecord>): ProcessedRecord {
  return { id: 'speaker.say#cause', correlationId: 'correlation', processedAt: '2026-01-01', expiresAt: 1, ...more };
}
