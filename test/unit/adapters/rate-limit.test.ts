import fc from 'fast-check';
import { grant, MAX_WAIT, type RatePolicy, unusedRate } from '../../../lambdas/runtime/adapters/rate';
import { rateLimit } from '../../../lambdas/runtime/adapters/rate-limit';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { TransactionCancelled } from '../../../lambdas/runtime/store/store';
import { answer, asked } from '../../support/batch-world';
import { AdapterWorld, type Instance } from './adapter-world';

const TEN_A_SECOND: RatePolicy = { unitsPerSecond: 10, burst: 5 };

class LimitedWorld extends AdapterWorld {
  /** The time at which each message was processed, in milliseconds since 1970. */
  readonly processedAt: number[] = [];
  private id = 0;

  constructor(private readonly adapter = () => rateLimit('bank', TEN_A_SECOND)) {
    super();
  }

  /** Runs a batch of new messages. @returns the number of processed ones */
  async process(messages: number, instance?: Instance): Promise<number> {
    const before = this.processedAt.length;
    const handler = consume(answer, () => this.processedAt.push(this.now), [this.adapter()]);
    await this.run(
      handler,
      Array.from({ length: messages }, () => asked(`ask-${++this.id}`)),
      instance,
    );
    return this.processedAt.length - before;
  }
}

test('processes a burst, then as many messages as the rate allows', async () => {
  const world = new LimitedWorld();
  expect(await world.process(10)).toBe(5);
  world.wait(0.2);
  expect(await world.process(10)).toBe(2);
  world.wait(60);
  expect(await world.process(10)).toBe(5);
});

test('defers messages over the limit to slots at the configured rate, and counts no attempt', async () => {
  const world = new LimitedWorld();
  await world.process(8);
  expect(world.deferred.map(({ seconds }) => seconds)).toEqual([1, 1, 1]);
  await world.process(30);
  const waits = world.deferred.map(({ seconds }) => seconds);
  // SQS delays by whole seconds: ten messages return in each.
  expect(waits.filter((seconds) => seconds === 2)).toHaveLength(10);
  expect(world.deferred[0]?.attributes).toEqual({ attemptsBefore: '0' });
  expect(world.counts.get('RateExceeded of bank')).toBe(33);
});

test('reads and writes once for all messages of a batch', async () => {
  const world = new LimitedWorld();
  const writes: string[] = [];
  const instance = world.instance({
    transact: async (all) => {
      writes.push(...all.map(({ ref }) => ref.table));
      await world.store.transact(all);
    },
  });
  await world.process(5, instance);
  expect(writes.filter((table) => table === 'dependencies')).toHaveLength(1);
  expect(world.reads).toBe(1);
});

test('keeps the limit over many instances', async () => {
  const world = new LimitedWorld();
  const instances = Array.from({ length: 4 }, () => world.instance());
  await Promise.all(instances.map((instance) => world.process(3, instance)));
  expect(world.processedAt).toHaveLength(5);
  expect(world.deferred).toHaveLength(7);
});

test('keeps the limit and loses no unit in every interleaving of instances', async () => {
  const tried = fc.asyncProperty(
    fc.scheduler(),
    fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    async (s, sizes) => {
      const world = new LimitedWorld();
      const instances = sizes.map((_, index) =>
        world.instance({
          load: async (refs) => {
            await s.schedule(Promise.resolve(), `${index} reads`);
            return world.store.load(refs);
          },
          transact: async (writes) => {
            await s.schedule(Promise.resolve(), `${index} writes`);
            await world.store.transact(writes);
          },
        }),
      );
      await s.waitFor(Promise.all(sizes.map((size, index) => world.process(size, instances[index]))));
      const asked = sizes.reduce((sum, size) => sum + size, 0);
      expect(world.processedAt).toHaveLength(Math.min(5, asked));
      expect(world.deferred).toHaveLength(Math.max(0, asked - 5));
    },
  );
  await fc.assert(tried, { numRuns: 200 });
});

test('never grants more than the burst and the rate in any period', () => {
  const policy = fc.record({
    unitsPerSecond: fc.double({ min: 0.1, max: 500, noNaN: true }),
    burst: fc.integer({ min: 1, max: 50 }),
  });
  const requests = fc.array(
    fc.record({ after: fc.integer({ min: 0, max: 2_000 }), wanted: fc.integer({ min: 1, max: 30 }) }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(policy, requests, ({ unitsPerSecond, burst }, all) => {
      let rate = unusedRate;
      let now = 1_000_000;
      const grants: { at: number; granted: number }[] = [];
      for (const { after, wanted } of all) {
        now += after;
        const result = grant(rate, wanted, { unitsPerSecond, burst }, now);
        expect(result.granted + result.waits.length).toBe(wanted);
        rate = result.rate;
        grants.push({ at: now, granted: result.granted });
      }
      grants.forEach((from, start) => {
        let sum = 0;
        for (const { at, granted } of grants.slice(start)) {
          sum += granted;
          expect(sum).toBeLessThanOrEqual(burst + ((at - from.at) / 1_000) * unitsPerSecond + 1e-3);
        }
      });
    }),
  );
});

test('grants a unit to each deferred message in its slot', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 20 }), (wanted, burst) => {
      const policy = { unitsPerSecond: 10, burst };
      let { rate, waits } = grant(unusedRate, wanted, policy, 1_000_000);
      for (const wait of waits) {
        const back = grant(rate, 1, policy, 1_000_000 + Math.ceil(wait));
        expect(back.granted).toBe(1);
        rate = back.rate;
      }
    }),
  );
});

test('drains a backlog, and keeps the limit meanwhile', async () => {
  const world = new LimitedWorld();
  const instance = world.instance();
  let waiting = Array.from({ length: 400 }, () => world.now);
  while (waiting.length > 0) {
    world.now = Math.min(...waiting);
    const due = waiting.filter((at) => at <= world.now).slice(0, 10);
    waiting = waiting.sort((a, b) => a - b).slice(due.length);
    world.deferred.length = 0;
    await world.process(due.length, instance);
    waiting.push(...world.deferred.map(({ seconds }) => world.now + seconds * 1_000));
  }
  const [first = 0] = world.processedAt;
  const seconds = ((world.processedAt.at(-1) ?? 0) - first) / 1_000;
  expect(world.processedAt).toHaveLength(400);
  expect(seconds).toBeGreaterThanOrEqual(395 / 10);
  expect(seconds).toBeLessThan(120);
});

test('returns messages with a slot beyond SQS’s longest delay within the last third of that delay', async () => {
  const world = new LimitedWorld(() => rateLimit('bank', { unitsPerSecond: 0.001, burst: 1 }));
  for (world.random of [0, 0.5, 0.999]) await world.process(2);
  expect(world.deferred.map(({ seconds }) => seconds)).toEqual([900, 750, 750, 601, 601]);
  expect(grant({ usedUpTo: 0, slotsUpTo: 0 }, 3, { unitsPerSecond: 0.001, burst: 1 }, 0).rate.slotsUpTo).toBe(MAX_WAIT);
});

test('processes messages without the limit if the table is unavailable, and counts it for the alarm', async () => {
  const world = new LimitedWorld();
  const blind = world.instance({
    load: async () => {
      throw new Error('no such table');
    },
  });
  expect(await world.process(10, blind)).toBe(10);
  expect(world.counts.get('DependencyStateUnknown of bank')).toBe(1);
});

test('defers messages if contention between instances lasts', async () => {
  const world = new LimitedWorld();
  const crowded = world.instance({
    transact: async () => {
      throw new TransactionCancelled(['failed']);
    },
  });
  expect(await world.process(10, crowded)).toBe(0);
  expect(world.outcomes()).toEqual(Array(10).fill('deferred'));
});

test.each([{ unitsPerSecond: 0 }, { unitsPerSecond: -1 }, { unitsPerSecond: 5, burst: 0.5 }])(
  'rejects the options %o',
  (options) => {
    expect(() => rateLimit('bank', options)).toThrow('bank');
  },
);
