import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { degradation } from '../../../lambdas/runtime/adapters/degradation';
import { type Consumer, consume } from '../../../lambdas/runtime/consume/consume';
import type { Adapter, HandlerOf } from '../../../lambdas/runtime/delivery';
import { DeferredError, DependencyError, PermanentError } from '../../../lambdas/runtime/errors';
import { Answered, answer, asked, counter } from '../../support/batch-world';
import { AdapterWorld } from './adapter-world';

class ShopWorld extends AdapterWorld {
  bankError?: Error;
  readonly handler: Consumer;

  constructor(fallback: HandlerOf<typeof answer>, inner: readonly Adapter[] = []) {
    super();
    const charge: HandlerOf<typeof answer> = async ({ id }, work) => {
      if (this.bankError) throw this.bankError;
      const before = await work.load(counter(id));
      work.put(counter(id), { id, count: (before?.count ?? 0) + 1 });
    };
    this.handler = consume(answer, charge, [degradation(fallback), ...inner]);
  }

  deliver(id = 'order-1', instance = this.instance()): Promise<string[]> {
    return this.run(this.handler, [asked(id)], instance);
  }

  told(): unknown[] {
    return this.published().map(({ detail }) => detail.data);
  }
}

const tell: HandlerOf<typeof answer> = ({ id }, work) => work.emit(Answered, { id: `${id} is delayed` });
const down = new DependencyError('bank', 'it is closed', 7);

test('with the dependency at hand, the fallback has nothing to do', async () => {
  const world = new ShopWorld(tell);
  await world.deliver();
  expect(world.told()).toEqual([]);
  expect(world.store.items('counters')).toHaveLength(1);
});

test('without it, the fallback’s work is committed and the message comes back later', async () => {
  const world = new ShopWorld(tell);
  world.bankError = down;
  await world.deliver();
  expect(world.told()).toEqual([{ id: 'order-1 is delayed' }]);
  expect(world.store.items('counters')).toEqual([]);
  expect(world.outcomes()).toEqual(['deferred']);
  expect(world.deferred[0]?.attributes).toEqual({ attemptsBefore: '0' });
});

test('however often the message waits, the fallback has one effect, and the real work is done once', async () => {
  const world = new ShopWorld(tell);
  world.bankError = down;
  for (let times = 0; times < 20; times++) await world.deliver();
  expect(world.told()).toHaveLength(1);
  world.bankError = undefined;
  await world.deliver();
  await world.deliver();
  expect(world.store.items('counters')).toEqual([expect.objectContaining({ count: 1 })]);
  expect(world.parked).toEqual([]);
});

test('two copies at the same moment have one effect', async () => {
  const world = new ShopWorld(tell);
  world.bankError = down;
  await Promise.all([world.deliver(), world.deliver(), world.deliver()]);
  expect(world.told()).toHaveLength(1);
});

test('an open circuit counts as unavailable, too', async () => {
  const world = new ShopWorld(tell, [circuitBreaker('bank', { minimumCalls: 1 })]);
  world.bankError = down;
  await world.deliver('order-1');
  world.bankError = new Error('must not be asked');
  await world.deliver('order-2');
  expect(world.told()).toEqual([{ id: 'order-1 is delayed' }, { id: 'order-2 is delayed' }]);
  expect(world.outcomes()).toEqual(['deferred', 'deferred']);
});

test.each([
  ['a broken handler', new Error('bug'), 'retried'],
  ['a refusal', new PermanentError('no such account'), 'parked'],
  ['a deferral for other reasons', new DeferredError('not before noon', 60), 'deferred'],
])('does not take %s for an outage', async (_, error, outcome) => {
  const world = new ShopWorld(tell);
  world.bankError = error;
  await world.deliver();
  expect(world.told()).toEqual([]);
  expect(world.outcomes()).toEqual([outcome]);
});

test.each([
  ['breaks', new Error('bug')],
  ['refuses', new PermanentError('nothing to tell')],
])('a fallback that %s neither parks nor loses the message, and is tried again', async (_, error) => {
  let failure: Error | undefined = error;
  const world = new ShopWorld((data, work, event) => {
    if (failure) throw failure;
    return tell(data, work, event);
  });
  world.bankError = down;
  await world.deliver();
  expect(world.outcomes()).toEqual(['deferred']);
  expect(world.lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'fallback failed' }));
  failure = undefined;
  await world.deliver();
  expect(world.told()).toHaveLength(1);
});
