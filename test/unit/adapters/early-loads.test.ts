import { consume } from '../../../lambdas/runtime/consume/consume';
import type { Adapter } from '../../../lambdas/runtime/delivery';
import { answer, asked, counter } from '../../support/batch-world';
import { AdapterWorld } from './adapter-world';

/** Decides on the counter of the message, as an adapter with a condition does. */
const look =
  (seen: (number | undefined)[]): Adapter =>
  async (delivery, next) => {
    seen.push((await delivery.load(counter('one')))?.count);
    return next();
  };

const increment = (world: AdapterWorld, adapter: Adapter) => {
  const decisions: number[] = [];
  const handler = consume(
    answer,
    async (_data, work) => {
      const { count } = await work.load(counter('one'), { orElse: { id: 'one', count: 0 } });
      decisions.push(count);
      work.put(counter('one'), { id: 'one', count: count + 1 });
    },
    [adapter],
  );
  return { decisions, run: () => world.run(handler, [asked('a')]) };
};

test('reads an item once that an adapter and the handler load', async () => {
  const world = new AdapterWorld();
  await world.store.transact([{ kind: 'create', ref: counter('one'), item: { id: 'one', count: 5 } }]);
  const seen: (number | undefined)[] = [];
  const { run, decisions } = increment(world, look(seen));
  await run();
  expect({ seen, decisions, reads: world.reads }).toEqual({ seen: [5], decisions: [5], reads: 1 });
});

test('reads an item again that has changed since an adapter loaded it', async () => {
  const world = new AdapterWorld();
  const change = () => world.store.transact([{ kind: 'create', ref: counter('one'), item: { id: 'one', count: 5 } }]);
  const { run, decisions } = increment(world, async (delivery, next) => {
    await delivery.load(counter('one'));
    await change();
    return next();
  });
  await run();
  expect({ decisions, outcomes: world.outcomes() }).toEqual({ decisions: [0, 5], outcomes: ['processed'] });
  expect(world.store.items('counters')).toEqual([{ id: 'one', count: 6 }]);
});

test('reads the items that no adapter has loaded, in the order in which the handler names them', async () => {
  const world = new AdapterWorld();
  await world.store.transact([{ kind: 'create', ref: counter('two'), item: { id: 'two', count: 2 } }]);
  let counts: (number | undefined)[] = [];
  const handler = consume(
    answer,
    async (_data, work) => {
      counts = (await work.load([counter('two'), counter('one'), counter('three')])).map((found) => found?.count);
    },
    [look([])],
  );
  await world.run(handler, [asked('a')]);
  expect({ counts, reads: world.reads }).toEqual({ counts: [2, undefined, undefined], reads: 2 });
});
