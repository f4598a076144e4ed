import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { rateLimit } from '../../../lambdas/runtime/adapters/rate-limit';
import { type WhenOptions, when } from '../../../lambdas/runtime/adapters/when';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { Asked, asked, counter } from '../../support/batch-world';
import { ReadingWorld } from './reading-world';

const askBank = defineService('answerer').subscription('answer', {
  to: [Asked],
  uses: [counter],
  dependencies: ['bank'],
});

const needed = (id: string) => id.startsWith('call');

/** A consumer that asks the bank for the messages whose counter says so, and loads the counter itself. */
const handlerWith = (options?: WhenOptions) =>
  consume(
    askBank,
    async ({ id }, work) => {
      const { count } = await work.load(counter(id), { orElse: { id, count: 0 } });
      work.put(counter(id), { id, count: count + 1 });
    },
    [
      when<typeof Asked>(
        async ({ id }, delivery) => {
          await delivery.load(counter(id));
          return needed(id);
        },
        [circuitBreaker('bank'), rateLimit('bank', { unitsPerSecond: 10 })],
        options,
      ),
    ],
  );

const likely = handlerWith({ likely: true });

async function callsFor(options: WhenOptions | undefined, ...ids: string[]): Promise<string[][]> {
  const world = new ReadingWorld();
  await world.run(
    handlerWith(options),
    ids.map((id) => asked(id)),
  );
  return world.calls;
}

test('reads circuit, rate and the items of a batch by one call when most messages need them, each once', async () => {
  const calls = await callsFor({ likely: true }, 'call-1', 'call-2');
  expect(calls).toEqual([['call-1', 'call-2', 'circuit#bank', 'rate#bank']]);
});

test('reads circuit and rate by one call after the condition otherwise', async () => {
  expect(await callsFor(undefined, 'call-1')).toEqual([['call-1'], ['circuit#bank', 'rate#bank']]);
});

test('reads neither for messages that do not need them', async () => {
  expect(await callsFor(undefined, 'idle-1')).toEqual([['idle-1']]);
});

test('reads the rate again for the next batch, but not a circuit that is fresh', async () => {
  const world = new ReadingWorld();
  const instance = world.instance();
  for (const id of ['call-1', 'call-2']) await world.run(likely, [asked(id)], instance);
  expect(world.calls.at(-1)).toEqual(['call-2', 'rate#bank']);
  expect(world.store.items('dependencies')).toMatchObject([{ dependency: 'rate#bank' }]);
});

test('decides on a new read when another instance has changed the rate since the first one', async () => {
  const world = new ReadingWorld();
  world.meanwhile = () => world.run(likely, [asked('call-2')], world.instance());
  await world.run(likely, [asked('call-1')]);
  expect(world.outcomes()).toEqual(['processed', 'processed']);
  expect(world.calls.at(-1)).toEqual(['rate#bank']);
});

test('processes messages without protection, and reports it, when circuit and rate cannot be read', async () => {
  const world = new ReadingWorld();
  world.broken = new Error('no connection');
  await world.run(handlerWith(), [asked('call-1')]);
  expect(world.outcomes()).toEqual(['processed']);
  expect(world.counts.get('DependencyStateUnknown of bank')).toBe(2);
});
