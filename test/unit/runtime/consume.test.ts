import fc from 'fast-check';
import { PermanentError } from '../../../lambdas/runtime/errors';
import { TransactionCancelled, type Write } from '../../../lambdas/runtime/store/store';
import {
  Answered,
  type AnswerWork,
  ATTEMPTS,
  answer,
  asked,
  BACKOFF,
  BatchWorld,
  counter,
} from '../../support/batch-world';

/** Counts and answers: a second effect is visible in the count. */
async function count({ id }: { id: string }, work: AnswerWork): Promise<void> {
  const ref = counter('all');
  const before = await work.load(ref);
  work.put(ref, { id: 'all', count: (before?.count ?? 0) + 1 });
  work.emit(Answered, { id });
}

const counted = (world: BatchWorld) => world.store.items<{ count: number }>('counters')[0]?.count ?? 0;

describe('a message', () => {
  test('is committed in one transaction: its record, its writes and its events', async () => {
    const world = new BatchWorld();
    const transactions: (readonly Write[])[] = [];
    world.transact = async (writes) => {
      transactions.push(writes);
      await world.store.transact(writes);
    };
    expect(await world.run([asked('one')], count)).toEqual([]);
    expect(transactions).toHaveLength(1);
    expect(transactions[0]?.map(({ ref }) => ref.table)).toEqual(['records', 'counters']);
    expect(world.published()).toMatchObject([
      { source: 'answerer', name: 'Answered', detail: { data: { id: 'one' } } },
    ]);
  });

  test('that is delivered again is acknowledged and has no second effect', async () => {
    const world = new BatchWorld();
    await world.run([asked('one')], count);
    expect(await world.run([asked('one')], count)).toEqual([]);
    expect([counted(world), world.published().length]).toEqual([1, 1]);
    expect(world.lines.map(({ message }) => message)).toEqual(['processed', 'duplicate']);
  });

  test('that is delivered twice at the same moment has one effect', async () => {
    const world = new BatchWorld();
    expect(await world.run([asked('one'), asked('one')], count)).toEqual([]);
    expect([counted(world), world.published().length]).toEqual([1, 1]);
  });

  test('has an effect at each of two subscribers', async () => {
    const world = new BatchWorld();
    await world.run([asked('one')], count);
    world.subscription = { ...answer, name: 'answer-too' };
    await world.run([asked('one')], count);
    expect(counted(world)).toBe(2);
    expect(world.recordIds().sort()).toEqual(['answerer.answer#one', 'answerer.answer-too#one']);
    const ids = world.published().map(({ detail }) => detail.metadata.id);
    expect(new Set(ids).size).toBe(2);
  });

  test('emits events with the same ids when it is processed again', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () => {
        const world = new BatchWorld();
        await world.run([asked('one')], count);
        return world.published().map(({ detail }) => detail.metadata.id);
      }),
    );
    expect(ids[0]).toEqual(ids[1]);
  });

  test('passes correlation id, causation id and trace to its events', async () => {
    const world = new BatchWorld();
    await world.run([asked('one')], count);
    expect(world.published()[0]?.detail.metadata).toMatchObject({
      correlationId: 'correlation-1',
      causationId: 'one',
      traceparent: expect.stringMatching(new RegExp(`^00-${'a'.repeat(32)}-(?!${'b'.repeat(16)})[0-9a-f]{16}-01$`)),
    });
  });
});

describe('a commit that fails', () => {
  test('because a loaded item has changed is decided again on fresh data', async () => {
    const world = new BatchWorld();
    let meanwhile = true;
    await world.run([asked('one')], async (data, work) => {
      await count(data, work);
      if (!meanwhile) return;
      meanwhile = false;
      await world.run([asked('other')], count);
    });
    expect(counted(world)).toBe(2);
  });

  test('five times because of contention returns the message to the queue', async () => {
    const world = new BatchWorld();
    let decisions = 0;
    world.transact = async () => {
      throw new TransactionCancelled(['ok', 'conflict']);
    };
    const message = asked('one');
    const returned = await world.run([message], async (data, work) => {
      decisions++;
      await count(data, work);
    });
    expect(returned).toEqual([message.messageId]);
    expect(decisions).toBe(5);
  });

  test('by the record’s condition is a duplicate, whatever other condition failed', async () => {
    const world = new BatchWorld();
    world.transact = async () => {
      throw new TransactionCancelled(['failed', 'failed', 'conflict']);
    };
    expect(await world.run([asked('one')], count)).toEqual([]);
    expect(world.lines.map(({ message }) => message)).toEqual(['duplicate']);
  });

  test.each([
    ['throttling', new TransactionCancelled(['ok', 'throttled'])],
    ['a lost connection', new Error('socket hang up')],
  ])('by %s returns only its message to the queue', async (_name, error) => {
    const world = new BatchWorld();
    world.transact = async (writes) => {
      const [record] = writes;
      if (record?.ref.key.id === 'answerer.answer#bad') throw error;
      await world.store.transact(writes);
    };
    const messages = ['one', 'bad', 'two'].map((id) => asked(id));
    expect(await world.run(messages, count)).toEqual([messages[1]?.messageId]);
    expect(counted(world)).toBe(2);
  });

  test('for the caller but not in the store is recognised as committed at the next attempt', async () => {
    const world = new BatchWorld();
    world.transact = async (writes) => {
      await world.store.transact(writes);
      throw new Error('the answer was lost');
    };
    const message = asked('one');
    expect(await world.run([message], count)).toEqual([message.messageId]);
    world.transact = (writes) => world.store.transact(writes);
    expect(await world.run([asked('one', { receives: 2 })], count)).toEqual([]);
    expect([counted(world), world.published().length]).toEqual([1, 1]);
  });
});

describe('a batch', () => {
  test('returns the one message of ten that failed', async () => {
    const world = new BatchWorld();
    const messages = Array.from({ length: 10 }, (_, index) => asked(`number ${index}`));
    const returned = await world.run(messages, async (data, work) => {
      if (data.id === 'number 3') throw new Error('not now');
      work.emit(Answered, data);
    });
    expect(returned).toEqual([messages[3]?.messageId]);
    expect(world.recordIds()).toHaveLength(9);
  });

  test('is returned whole when all its messages fail, with one call for all delays', async () => {
    const world = new BatchWorld();
    const messages = Array.from({ length: 10 }, (_, index) => asked(`number ${index}`));
    const returned = await world.run(messages, () => {
      throw new Error('not now');
    });
    expect(returned).toHaveLength(10);
    expect(world.delays.map((call) => call.length)).toEqual([10]);
  });
});

describe('a message that fails', () => {
  const fail = () => {
    throw new Error('not now');
  };

  test('is retried after a delay within the jitter of the policy', async () => {
    const tried = fc.asyncProperty(
      fc.integer({ min: 1, max: ATTEMPTS - 1 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      async (receives, random) => {
        const world = new BatchWorld();
        world.random = random;
        await world.run([asked('one', { receives })], fail);
        const delay = world.delays[0]?.[0] ?? { seconds: Number.NaN };
        const most = Math.min(BACKOFF.cap, BACKOFF.base * 2 ** (receives - 1));
        return Number.isInteger(delay.seconds) && delay.seconds >= 0 && delay.seconds <= most;
      },
    );
    await fc.assert(tried);
  });

  test('is returned to the queue even if its delay cannot be set', async () => {
    const world = new BatchWorld();
    world.queue = { delay: () => Promise.reject(new Error('no connection')) };
    const message = asked('one');
    expect(await world.run([message], fail)).toEqual([message.messageId]);
  });

  test('is tried exactly as often as configured, then parked with the last error', async () => {
    const world = new BatchWorld();
    const outcomes: boolean[] = [];
    for (let receives = 1; receives <= ATTEMPTS; receives++) {
      outcomes.push((await world.run([asked('one', { receives })], fail)).length === 0);
    }
    expect(outcomes).toEqual([false, false, false, true]);
    expect(world.parked).toHaveLength(1);
    expect(world.parked[0]?.attributes).toMatchObject({ reason: 'attempts-exhausted', error: 'Error: not now' });
  });

  test('counts the attempts before it was deferred', async () => {
    const world = new BatchWorld();
    await world.run([asked('one', { receives: 1, attemptsBefore: ATTEMPTS - 1 })], fail);
    expect(world.parked).toHaveLength(1);
  });

  test('is not parked when an earlier delivery was processed', async () => {
    const world = new BatchWorld();
    await world.run([asked('one')], count);
    const returned = await world.run([asked('one')], () => {
      throw new PermanentError('this order is over');
    });
    expect([returned, world.parked]).toEqual([[], []]);
  });
});

describe('a commit', () => {
  test('parks a message that creates an existing item', async () => {
    const world = new BatchWorld();
    const create = (_data: { id: string }, work: AnswerWork) => work.create(counter('all'), { id: 'all', count: 1 });
    await world.run([asked('one')], create);
    await world.run([asked('two')], create);
    expect(world.parked).toMatchObject([{ attributes: { reason: 'rejected', eventId: 'two' } }]);
    expect(world.parked[0]?.attributes.error).toContain('creates counters/all, which exists already');
    expect(counted(world)).toBe(1);
  });

  test('upserts a counter when several messages write it first', async () => {
    const world = new BatchWorld();
    const add = (_data: { id: string }, work: AnswerWork) => work.adjust(counter('all'), 'count', 1);
    expect(await world.run([asked('one'), asked('two'), asked('three')], add)).toEqual([]);
    expect(counted(world)).toBe(3);
  });

  test('reports that the item of a floor does not exist', async () => {
    const world = new BatchWorld();
    const take = (_data: { id: string }, work: AnswerWork) => work.adjust(counter('none'), 'count', -1, { floor: 0 });
    const message = asked('one', { receives: ATTEMPTS });
    await world.run([message], take);
    expect(world.parked[0]?.attributes).toMatchObject({ reason: 'attempts-exhausted' });
    expect(world.parked[0]?.attributes.error).toContain(
      'counters/none does not exist, so its count cannot be held at 0 or above',
    );
  });
});
