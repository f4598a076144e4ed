import fc from 'fast-check';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { DeferredError } from '../../../lambdas/runtime/errors';
import { answer, asked } from '../../support/batch-world';
import { AdapterWorld } from './adapter-world';

const failing = consume(answer, () => {
  throw new Error('not now');
});

/** Returns the delay after a failed attempt, in seconds. */
async function delayAfter(attempt: number, random: number, backoff: { base: number; cap: number }): Promise<number> {
  const world = new AdapterWorld();
  world.random = random;
  const delays: number[] = [];
  const instance = world.instance(
    {},
    {
      delay: async (messages) => {
        delays.push(...messages.map(({ seconds }) => seconds));
      },
    },
  );
  await failing.run(
    { Records: [asked('one', { receives: attempt })] },
    { ...instance, settings: { idempotencyDays: 30, attempts: 100, backoff } },
  );
  return delays[0] ?? Number.NaN;
}

test('delays a retry by a random part of the backoff’s longest delay', async () => {
  const policy = fc.record({ base: fc.integer({ min: 1, max: 600 }), cap: fc.integer({ min: 1, max: 43_200 }) });
  const random = fc.double({ min: 0, max: 0.999, noNaN: true });
  const tried = fc.asyncProperty(fc.integer({ min: 1, max: 40 }), random, policy, async (attempt, share, backoff) => {
    const most = Math.min(backoff.cap, backoff.base * 2 ** (attempt - 1));
    expect(await delayAfter(attempt, share, backoff)).toBe(Math.ceil(share * most));
  });
  await fc.assert(tried);
});

test('never delays a retry by more than SQS’s longest visibility timeout', async () => {
  expect(await delayAfter(30, 0.999, { base: 60, cap: 1_000_000 })).toBe(12 * 60 * 60);
});

test('makes the configured number of attempts, however often the message is deferred in between', async () => {
  const tried = fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), async (deferrals) => {
    const world = new AdapterWorld();
    let isDeferred = false;
    let failures = 0;
    const handler = consume(answer, () => {
      if (isDeferred) throw new DeferredError('later', 1);
      failures++;
      throw new Error('not now');
    });
    let receives = 0;
    let attemptsBefore = 0;
    for (isDeferred of [...deferrals, ...Array(4).fill(false)]) {
      if (world.parked.length > 0) break;
      const returned = await world.run(handler, [asked('one', { receives: ++receives, attemptsBefore })]);
      expect(returned).toHaveLength(isDeferred || world.parked.length > 0 ? 0 : 1);
      if (!isDeferred) continue;
      // The copy is a new message, so SQS counts its receives from 1.
      receives = 0;
      attemptsBefore = Number(world.deferred.at(-1)?.attributes.attemptsBefore);
    }
    expect([failures, world.parked.length]).toEqual([4, 1]);
  });
  await fc.assert(tried);
});

test.each([-5, 0])('defers by 0 seconds if the delay is %d', async (seconds) => {
  const world = new AdapterWorld();
  const defer = consume(answer, () => {
    throw new DeferredError('at once', seconds);
  });
  await world.run(defer, [asked('one')]);
  expect(world.deferred.map((one) => one.seconds)).toEqual([0]);
});
