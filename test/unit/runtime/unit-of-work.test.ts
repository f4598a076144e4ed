import * as z from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { PermanentError } from '../../../lambdas/runtime/errors';
import { UnitOfWork } from '../../../lambdas/runtime/work/unit-of-work';
import { MemoryStore } from '../../support/memory-store';

const Said = defineEvent({ name: 'Said', owner: 'speaker', version: 1, schema: z.object({ text: z.string() }) });
const Heard = defineEvent({
  name: 'Heard',
  owner: 'speaker',
  version: 1,
  channel: 'topic',
  schema: z.object({ text: z.string() }),
});
const Due = defineEvent({ name: 'Due', owner: 'speaker', version: 1, channel: 'reminder', schema: z.object({}) });
const note = defineService('speaker').table('notes', { key: 'id' }).of<{ id: string; text?: string; count?: number }>();
const KB = 1_024;

function begin(store = new MemoryStore()): UnitOfWork {
  const cause = { id: 'cause', correlationId: 'correlation' };
  const worker = { consumer: 'speaker.say', emits: new Set(['Said', 'Heard', 'Due']), idempotencyDays: 30 };
  return new UnitOfWork(worker, cause, new Date('2026-01-01'), store);
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

  test('shows what it has staged', async () => {
    const work = begin();
    expect(await work.load([note('one'), note('two')])).toEqual([undefined, undefined]);
    work.put(note('one'), { id: 'one', text: 'hello' });
    expect(await work.load(note('one'))).toEqual({ id: 'one', text: 'hello' });
  });

  test('refuses to put what it has not loaded, as a change by others would be lost', () => {
    expect(() => begin().put(note('one'), { id: 'one' })).toThrow(/Load .* before you put it/);
  });

  test('returns orElse where there is no item, and creates the item when it is put', async () => {
    const work = begin();
    const loaded = await work.load(note('one'), { orElse: { id: 'one', count: 0 } });
    expect(loaded).toEqual({ id: 'one', count: 0 });
    work.put(note('one'), { ...loaded, count: 1 });
    expect(work.writes).toMatchObject([{ kind: 'put', expected: 'absent', item: { id: 'one', count: 1 } }]);
  });

  test('creates an item without loading it, and shows it', async () => {
    const work = begin();
    work.create(note('one'), { id: 'one', text: 'new' });
    expect(work.writes).toMatchObject([{ kind: 'create', item: { id: 'one', text: 'new' } }]);
    expect(await work.load(note('one'))).toEqual({ id: 'one', text: 'new' });
  });

  test('shows what an adjustment makes of a missing item', async () => {
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

  test('refuses to adjust by a fraction', () => {
    expect(() => begin().adjust(note('one'), 'count', 0.5)).toThrow(/safe integer/);
  });

  test('refuses an event that its service does not declare', () => {
    const Whispered = defineEvent({ name: 'Whispered', owner: 'speaker', version: 1, schema: z.object({}) });
    expect(() => begin().emit(Whispered, {})).toThrow(/which it does not declare/);
  });

  test('refuses data that break the contract', () => {
    expect(() => begin().emit(Said, { text: 1 } as unknown as { text: string })).toThrow();
  });

  test('sends each event over its contract’s channel', () => {
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

  test('sends an event again as the same event', () => {
    const first = begin();
    const metadata = first.emit(Said, { text: 'a' });
    const second = begin();
    second.emit(Said, { text: 'a' }, metadata);
    expect(second.events).toEqual(first.events);
  });
});

describe('a unit of work that exceeds a limit is refused for good, before any effect', () => {
  test.each<[string, (work: UnitOfWork) => void]>([
    [
      'more than 99 writes',
      (work) => {
        for (let index = 0; index < 100; index++) work.adjust(note(`note ${index}`), 'count', 1);
      },
    ],
    ['an event above 1 MB', (work) => work.emit(Said, { text: 'x'.repeat(1_024 * KB) })],
    ['a topic message above 256 KB', (work) => work.emit(Heard, { text: 'x'.repeat(256 * KB) })],
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
});
