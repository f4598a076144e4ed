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

  reported(): unknown[] {
    return this.published().map(({ detail }) => detail.data);
  }
}

const report: HandlerOf<typeof answer> = ({ id }, work) => work.emit(Answered, { id: `${id} is delayed` });
const down = new DependencyError('bank', 'it is closed', 7);

test('does not run the fallback while the dependency is available', async () => {
  const world = new ShopWorld(report);
  await world.deliver();
  expect(world.reported()).toEqual([]);
  expect(world.store.items('counters')).toHaveLength(1);
});

test('commits the fallback and defers the message while the dependency is unavailable', async () => {
  const world = new ShopWorld(report);
  world.bankError = down;
  await world.deliver();
  expect(world.reported()).toEqual([{ id: 'order-1 is delayed' }]);
  expect(world.store.items('counters')).toEqual([]);
  expect(world.outcomes()).toEqual(['deferred']);
  expect(world.deferred[0]?.attributes).toEqual({ attemptsBefore: '0' });
});

test('commits the fallback and the real work once each, however often the message is deferred', async () => {
  const world = new ShopWorld(report);
  world.bankError = down;
  for (let times = 0; times < 20; times++) await world.deliver();
  expect(world.reported()).toHaveLength(1);
  world.bankError = undefined;
  await world.deliver();
  await world.deliver();
  expect(world.store.items('counters')).toEqual([expect.objectContaining({ count: 1 })]);
  expect(world.parked).toEqual([]);
});

test('commits the fallback once for copies that are processed at the same time', async () => {
  const world = new ShopWorld(report);
  world.bankError = down;
  await Promise.all([world.deliver(), world.deliver(), world.deliver()]);
  expect(world.reported()).toHaveLength(1);
});

test('runs the fallback while the circuit is open', async () => {
  const world = new ShopWorld(report, [circuitBreaker('bank', { minimumCalls: 1 })]);
  world.bankError = down;
  await world.deliver('order-1');
  world.bankError = new Error('must not be called');
  await world.deliver('order-2');
  expect(world.reported()).toEqual([{ id: 'order-1 is delayed' }, { id: 'order-2 is delayed' }]);
  expect(world.outcomes()).toEqual(['deferred', 'deferred']);
});

test.each([
  ['a bug of the handler', new Error('bug'), 'retried'],
  ['a permanent error', new PermanentError('no such account'), 'parked'],
  ['a deferral for another reason', new DeferredError('not before noon', 60), 'deferred'],
])('does not run the fallback after %s', async (_, error, outcome) => {
  const world = new ShopWorld(report);
  world.bankError = error;
  await world.deliver();
  expect(world.reported()).toEqual([]);
  expect(world.outcomes()).toEqual([outcome]);
});

test.each([
  ['any error', new Error('bug')],
  ['a permanent error', new PermanentError('nothing to report')],
])('defers the message after %s of the fallback, and runs the fallback again', async (_, error) => {
  let failure: Error | undefined = error;
  const world = new ShopWorld((data, work, event) => {
    if (failure) throw failure;
    return report(data, work, event);
  });
  world.bankError = down;
  await world.deliver();
  expect(world.outcomes()).toEqual(['deferred']);
  expect(world.lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'fallback failed' }));
  failure = undefined;
  await world.deliver();
  expect(world.reported()).toHaveLength(1);
});
