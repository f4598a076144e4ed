import { PermanentError, StaleError } from '../../../lambdas/runtime/errors';
import type { Write, WriteOutcome } from '../../../lambdas/runtime/store/store';
import { outcomeOf, toTransaction } from '../../../lambdas/runtime/work/commit';

const create = (id: string): Write => ({ kind: 'create', ref: { table: 'parcels', key: { id } }, item: { id } });
const put = (id: string): Write => ({ kind: 'put', ref: { table: 'parcels', key: { id } }, item: { id }, expected: 1 });
const adjust = (id: string): Write => {
  return { kind: 'adjust', ref: { table: 'shelves', key: { id } }, attribute: 'free', by: -1, floor: 0 };
};
const record = { id: 'depot.store#1', correlationId: 'c', processedAt: '2026-01-01T00:00:00.000Z', expiresAt: 1 };
const cause = new Error('the transaction was cancelled');

/** The outcome of a unit of work with a record, or its error. */
async function outcome(writes: readonly Write[], outcomes: readonly WriteOutcome[], hasRecord = true) {
  const all = hasRecord ? [create('record'), ...writes] : writes;
  const transaction = { id: 'depot.store#1', hasRecord, writes: all, bytes: 0 };
  return outcomeOf(transaction, outcomes, cause).catch((error: unknown) => error as Error);
}

describe('a transaction that failed', () => {
  it('means that the work was done before, when its record exists, whatever else failed', async () => {
    expect(await outcome([create('a'), adjust('b')], ['failed', 'failed', 'missing'])).toBe('duplicate');
  });

  it.each<WriteOutcome[][]>([[[]], [['ok', 'throttled']], [['throttled', 'failed']]])(
    'is tried again when nobody knows why, or DynamoDB had too much to do: %j',
    async (outcomes) => {
      expect(await outcome([put('a')], outcomes)).toBe(cause);
    },
  );

  it.each<WriteOutcome>(['failed', 'conflict'])('is decided again when a loaded item has changed: %s', async (one) => {
    const error = await outcome([put('a')], ['ok', one]);
    expect(error).toBeInstanceOf(StaleError);
    expect(error).toMatchObject({ message: 'depot.store#1: a loaded item has changed.', cause });
  });

  it.each<[string, Write[], WriteOutcome[]]>([
    ['alone', [create('a')], ['ok', 'failed']],
    ['beside writes that could be applied', [put('b'), create('a'), create('c')], ['ok', 'ok', 'failed', 'ok']],
  ])('can never succeed when only items to create exist: %s', async (_, writes, outcomes) => {
    const error = await outcome(writes, outcomes);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ message: 'depot.store#1 creates parcels/a, which exists already.' });
  });

  it('is decided again when an item to create exists, and a loaded item has changed', async () => {
    expect(await outcome([create('a'), put('b')], ['ok', 'failed', 'failed'])).toBeInstanceOf(StaleError);
  });

  it('names the item that does not exist, so that it cannot be adjusted', async () => {
    const error = await outcome([adjust('a'), adjust('b')], ['ok', 'ok', 'missing']);
    expect(error).toBeInstanceOf(StaleError);
    expect(error).toMatchObject({
      message: 'depot.store#1: shelves/b does not exist, so its free cannot be held at 0 or above.',
    });
  });

  it('is decided again when the inbox item to create exists, because a copy of the message can have created it', async () => {
    const inbox = { ...create('a'), receipts: ['receipt'] };
    expect(await outcome([inbox], ['failed'], false)).toBeInstanceOf(StaleError);
  });

  it('has no record to look at when the inbox keeps the receipt', async () => {
    expect(await outcome([create('a')], ['failed'], false)).toBeInstanceOf(PermanentError);
  });
});

describe('the transaction of a unit of work', () => {
  const staged = {
    writes: [put('a')],
    events: [],
    outbox: [],
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    size: 10,
  };
  const id = record.id;

  it('puts the record first', () => {
    const { writes, ...transaction } = toTransaction({ id, record, staged });
    expect(writes).toEqual([{ kind: 'create', ref: { table: 'records', key: { id } }, item: record }, put('a')]);
    expect(transaction).toMatchObject({ id, hasRecord: true });
    expect(transaction.bytes).toBeGreaterThan(10);
  });

  it('stores an outbox only when there are events', () => {
    const [withEvents] = toTransaction({ id, record, staged: { ...staged, outbox: ['{}'] } }).writes;
    const [without] = toTransaction({ id, record, staged }).writes;
    expect(withEvents).toHaveProperty('item.outbox');
    expect(without).not.toHaveProperty('item.outbox');
  });

  it('has the writes alone when the inbox keeps the receipt', () => {
    expect(toTransaction({ id, staged })).toEqual({ id, hasRecord: false, writes: [put('a')], bytes: 10 });
  });
});
