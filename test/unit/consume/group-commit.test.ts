import { PermanentError } from '../../../lambdas/runtime/errors';
import { TransactionCancelled, type Write } from '../../../lambdas/runtime/store/store';
import { Answered, type AnswerWork, asked, BatchWorld, counter } from '../../support/batch-world';

/** A write that adds to the shared item. @default attribute `count` */
type Adjustment = { readonly by: number; readonly floor?: number; readonly attribute?: string };
type Handle = (data: { id: string }, work: AnswerWork) => unknown;

/** Creates an item of the message's own. */
const create: Handle = ({ id }, work) => {
  work.create(counter(id), { id, count: 1 });
  work.emit(Answered, { id });
};
/** Takes one from the item that all messages share. */
const take: Handle = ({ id }, work) => {
  work.adjust(counter('all'), 'count', -1, { floor: 0 });
  work.emit(Answered, { id });
};
/** Loads and puts the item that all messages share. */
const count: Handle = async ({ id }, work) => {
  const before = await work.load(counter('all'));
  work.put(counter('all'), { id: 'all', count: (before?.count ?? 0) + 1 });
  work.emit(Answered, { id });
};

const ids = (size: number) => Array.from({ length: size }, (_, index) => `m${index}`);
const messages = (size: number) => ids(size).map((id) => asked(id));
const countOf = (world: BatchWorld, id = 'all') =>
  world.store.items<{ id: string; count: number }>('counters').find((item) => item.id === id)?.count;
const outcomes = (world: BatchWorld) => world.lines.map(({ message }) => message).sort();

/** Records every transaction. */
function watch(world: BatchWorld): (readonly Write[])[] {
  const transactions: (readonly Write[])[] = [];
  const { transact } = world;
  world.transact = (writes) => {
    transactions.push(writes);
    return transact(writes);
  };
  return transactions;
}

async function stock(world: BatchWorld, number: number): Promise<void> {
  const item = { id: 'all', count: number };
  await world.store.transact([{ kind: 'create', ref: counter('all'), item }]);
}

describe('the units of a batch', () => {
  test('are committed in one transaction', async () => {
    const world = new BatchWorld();
    const transactions = watch(world);
    expect(await world.run(messages(10), create)).toEqual([]);
    expect(transactions.map((writes) => writes.length)).toEqual([20]);
    expect(world.published()).toHaveLength(10);
    expect(outcomes(world)).toEqual(Array(10).fill('processed'));
  });

  test('that write nothing are put by one call without a transaction, which costs half', async () => {
    const world = new BatchWorld();
    const transactions = watch(world);
    const { writeEach } = world;
    const calls: number[] = [];
    world.writeEach = (writes) => {
      calls.push(writes.length);
      return writeEach(writes);
    };
    await world.run(messages(3), () => {});
    expect(calls).toEqual([3]);
    expect(transactions.map((writes) => writes.length)).toEqual([1, 1, 1]);
  });

  test('are split where a transaction has no room for them', async () => {
    const world = new BatchWorld();
    const transactions = watch(world);
    await world.run(messages(10), ({ id }, work) => {
      for (let index = 0; index < 30; index++) work.create(counter(`${id}-${index}`), { id: '', count: 1 });
    });
    expect(transactions.map((writes) => writes.length)).toEqual([93, 93, 93, 31]);
    expect(world.recordIds()).toHaveLength(10);
  });

  test('are split before 4 MB', async () => {
    const world = new BatchWorld();
    const transactions = watch(world);
    const large = 'x'.repeat(300 * 1024);
    await world.run(messages(10), ({ id }, work) => {
      for (let index = 0; index < 4; index++) {
        work.create(counter(`${id}-${index}`), { id: '', count: 1, large } as { id: string; count: number });
      }
    });
    expect(transactions.map((writes) => writes.length)).toEqual([15, 15, 15, 5]);
  });

  test('wait together after a conflict, and are committed in one transaction again', async () => {
    const world = new BatchWorld();
    const { transact } = world;
    const [transactions, waits]: [number[], number[]] = [[], []];
    world.transact = async (writes) => {
      transactions.push(writes.length);
      if (transactions.length <= 2) throw new TransactionCancelled(writes.map(() => 'conflict'));
      return transact(writes);
    };
    let draws = 0;
    Object.defineProperty(world, 'random', { get: () => ++draws / 100 });
    world.sleep = async (milliseconds) => {
      waits.push(milliseconds);
      await new Promise((wake) => setTimeout(wake, milliseconds));
    };
    expect(await world.run(messages(10), create)).toEqual([]);
    expect(transactions).toEqual([20, 20, 20]);
    expect(waits).toHaveLength(2);
  });

  test('of one event are committed once', async () => {
    const world = new BatchWorld();
    await stock(world, 5);
    expect(await world.run([asked('one'), asked('one'), asked('two')], take)).toEqual([]);
    expect(countOf(world)).toBe(3);
    expect(outcomes(world)).toEqual(['duplicate', 'processed', 'processed']);
  });
});

describe('units that write the same item', () => {
  test('add to one attribute in one write', async () => {
    const world = new BatchWorld();
    await stock(world, 10);
    const transactions = watch(world);
    await world.run(messages(10), take);
    expect(countOf(world)).toBe(0);
    expect(transactions).toHaveLength(1);
    expect(transactions[0]?.filter(({ kind }) => kind === 'adjust')).toMatchObject([{ by: -10, floor: 0 }]);
  });

  const most = Number.MAX_SAFE_INTEGER;
  test.each<[string, Adjustment, Adjustment, Adjustment | undefined]>([
    ['without floors', { by: 1 }, { by: 2 }, { by: 3 }],
    ['at the higher floor', { by: -1, floor: 0 }, { by: -2, floor: 3 }, { by: -3, floor: 3 }],
    ['at the only floor', { by: 1 }, { by: -1, floor: 2 }, { by: 0, floor: 2 }],
    ['at a floor that nothing is added to', { by: 0, floor: 5 }, { by: -1, floor: 0 }, { by: -1, floor: 5 }],
    ['only if no increment has a floor', { by: 1, floor: 0 }, { by: 1 }, undefined],
    ['only if no later increment has a floor', { by: 1 }, { by: 1, floor: 0 }, undefined],
    ['only up to the largest safe integer', { by: most - 1 }, { by: 1 }, { by: most }],
    ['only within safe integers', { by: most }, { by: 1 }, undefined],
    ['only while the least number is one', { by: 11 - most, floor: 10 }, { by: -2 }, undefined],
    ['only to the same attribute', { by: 1 }, { by: 2, attribute: 'other' }, undefined],
  ])('are summed %s', async (_, one, other, sum) => {
    const world = new BatchWorld();
    await stock(world, 10);
    const sums: Adjustment[][] = [];
    world.transact = async (writes) => {
      sums.push(
        writes.flatMap((write) =>
          write.kind !== 'adjust' ? [] : { by: write.by, floor: write.floor, attribute: write.attribute },
        ),
      );
    };
    await world.run(messages(2), ({ id }, work) => {
      const { by, floor, attribute = 'count' } = id === 'm0' ? one : other;
      work.adjust(counter('all'), attribute as 'count', by, { floor });
    });
    const named = ({ by, floor, attribute = 'count' }: Adjustment) => ({ by, floor, attribute });
    expect(sums).toEqual(sum ? [[named(sum)]] : [[named(one)], [named(other)]]);
  });

  test('are decided one by one when their sum is below the floor', async () => {
    const world = new BatchWorld();
    await stock(world, 7);
    const returned = await world.run(messages(10), take);
    expect(returned).toHaveLength(3);
    expect(countOf(world)).toBe(0);
    expect(world.published()).toHaveLength(7);
  });

  test('do not let an increment hide a number below the floor of another unit', async () => {
    const world = new BatchWorld();
    await stock(world, 0);
    const put: Handle = ({ id }, work) => work.adjust(counter('all'), 'count', id === 'm0' ? 1 : 5, { floor: 3 });
    // m0 alone would be 1: it has to wait for m1.
    expect(await world.run(messages(2), put)).toHaveLength(1);
    expect(countOf(world)).toBe(5);
    await world.run(messages(1), put);
    expect(countOf(world)).toBe(6);
  });

  test('are decided one after the other, each on what the one before wrote', async () => {
    const world = new BatchWorld();
    expect(await world.run(messages(10), count)).toEqual([]);
    expect(countOf(world)).toBe(10);
    expect(outcomes(world)).toEqual(Array(10).fill('processed'));
  });
});

describe('a group whose transaction is cancelled', () => {
  test('acknowledges the duplicates and commits the others', async () => {
    const world = new BatchWorld();
    await world.run([asked('m3'), asked('m7')], create);
    const transactions = watch(world);
    expect(await world.run(messages(10), create)).toEqual([]);
    expect(transactions.map((writes) => writes.length)).toEqual([20, 16]);
    expect(outcomes(world)).toEqual([...Array(2).fill('duplicate'), ...Array(10).fill('processed')]);
    expect(world.published()).toHaveLength(10);
  });

  test('decides the stale ones again and commits the others', async () => {
    const world = new BatchWorld();
    let isFirst = true;
    const returned = await world.run(messages(3), async ({ id }, work) => {
      const before = await work.load(counter(id));
      work.put(counter(id), { id, count: (before?.count ?? 0) + 1 });
      if (!isFirst) return;
      isFirst = false;
      await world.store.transact([{ kind: 'create', ref: counter(id), item: { id, count: 5 } }]);
    });
    expect(returned).toEqual([]);
    expect(ids(3).map((id) => countOf(world, id))).toEqual([6, 1, 1]);
  });

  test('parks the one that creates an existing item and commits the others', async () => {
    const world = new BatchWorld();
    await world.store.transact([{ kind: 'create', ref: counter('m1'), item: { id: 'm1', count: 9 } }]);
    expect(await world.run(messages(3), create)).toEqual([]);
    expect(world.parked).toMatchObject([{ attributes: { eventId: 'm1', reason: 'rejected' } }]);
    expect(world.published()).toHaveLength(2);
  });

  test('returns the throttled ones and commits the others', async () => {
    const world = new BatchWorld();
    const { transact } = world;
    world.transact = async (writes) => {
      const isThrottled = writes.map(({ ref }) => ref.key.id === 'm1');
      if (isThrottled.includes(true))
        throw new TransactionCancelled(isThrottled.map((is) => (is ? 'throttled' : 'ok')));
      await transact(writes);
    };
    expect(await world.run(messages(3), create)).toHaveLength(1);
    expect(world.published()).toHaveLength(2);
  });
});

describe('a group that the store refuses', () => {
  test('for good parks only the unit that it refuses', async () => {
    const world = new BatchWorld();
    const { transact } = world;
    world.transact = async (writes) => {
      if (writes.some(({ ref }) => ref.key.id === 'm1')) throw new PermanentError('no such item', 'rejected');
      await transact(writes);
    };
    expect(await world.run(messages(3), create)).toEqual([]);
    expect(world.parked).toMatchObject([{ attributes: { eventId: 'm1' } }]);
    expect(world.published()).toHaveLength(2);
  });

  test('for now returns all its messages', async () => {
    const world = new BatchWorld();
    world.transact = () => Promise.reject(new Error('socket hang up'));
    expect(await world.run(messages(3), create)).toHaveLength(3);
    expect(world.store.items('counters')).toEqual([]);
  });
});

describe('a process that is killed', () => {
  /** Duplicates, a sum that its floor refuses, and units that write one item. */
  const handle: Handle = async (data, work) => {
    if (/[0-4]$/.test(data.id)) return take(data, work);
    const before = await work.load(counter('tally'));
    work.put(counter('tally'), { id: 'tally', count: (before?.count ?? 0) + 1 });
    work.emit(Answered, data);
  };
  const batch = () => [...messages(8), asked('m6')];

  async function prepare(): Promise<BatchWorld> {
    const world = new BatchWorld();
    await stock(world, 4);
    await world.run([asked('m0'), asked('m5')], handle);
    return world;
  }

  /** Runs the batch until one of its calls, at which the process ends. @returns whether there was such a call */
  async function killAt(world: BatchWorld, call: number, isAfter: boolean): Promise<boolean> {
    const { transact } = world;
    let calls = 0;
    const killed = new Promise<true>((resolve) => {
      world.transact = async (writes) => {
        calls++;
        if (calls < call) return transact(writes);
        if (calls === call && isAfter) await transact(writes).catch(() => {});
        resolve(true);
        return new Promise(() => {});
      };
    });
    const ended = world.run(batch(), handle).then(() => false);
    const wasKilled = await Promise.race([killed, ended]);
    world.transact = transact;
    return wasKilled;
  }

  test.each([
    ['before', false],
    ['after', true],
  ])('%s any call of a grouped commit has each effect exactly once', async (_name, isAfter) => {
    let calls = 0;
    for (let call = 1; ; call++) {
      const world = await prepare();
      if (!(await killAt(world, call, isAfter))) break;
      calls++;
      // One of the five that take from the stock stays without: there is only enough for four.
      const returned = await world.run(batch(), handle);
      expect(returned).toHaveLength(1);
      expect([countOf(world), countOf(world, 'tally'), world.published().length]).toEqual([0, 3, 7]);
      expect(new Set(world.published().map(({ detail }) => detail.metadata.id)).size).toBe(7);
    }
    expect(calls).toBeGreaterThan(4);
  });
});
