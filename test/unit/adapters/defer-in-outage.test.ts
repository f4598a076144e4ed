import { deferInOutage } from '../../../lambdas/runtime/adapters/defer-in-outage';
import { type Consumer, consume } from '../../../lambdas/runtime/consume/consume';
import { DependencyError } from '../../../lambdas/runtime/errors';
import type { ConsumerRuntime } from '../../../lambdas/runtime/runtime';
import { Asked, answer } from '../../support/batch-world';
import type { Expectation } from '../../support/ending-log';
import { eventOf, HandlerWorld } from '../../support/handler-world';

const MINUTE = 60;

/** A world that records the delays of deferred messages. Its random number is always one half. */
class OutageWorld extends HandlerWorld {
  readonly deferred: number[] = [];

  override runtime(): ConsumerRuntime {
    const runtime = super.runtime();
    const defer = async (_: unknown, seconds: number) => {
      this.deferred.push(seconds);
    };
    return { ...runtime, queue: { ...runtime.queue, defer } };
  }

  failWith(error: Error, expectation: Expectation): Promise<void> {
    const consumer: Consumer = consume(answer, () => Promise.reject(error), [deferInOutage()]);
    const event = eventOf(Asked, { id: 'one' });
    return this.deliver(consumer, event, expectation);
  }
}

describe('a message whose dependency is unavailable', () => {
  it.each([
    [0, 2],
    [4, 2],
    [MINUTE, 23],
    [10 * MINUTE, 225],
    [24 * 60 * MINUTE, 225],
  ])('is deferred, at an age of %i s, by %i s', async (age, seconds) => {
    const world = new OutageWorld();
    world.wait(age);
    await world.failWith(new DependencyError('bank', 'is down'), { expect: 'deferred' });
    expect(world.deferred).toEqual([seconds]);
    expect(world.parked).toEqual([]);
  });

  it('is deferred by the delay that the dependency asks for', async () => {
    const world = new OutageWorld();
    await world.failWith(new DependencyError('bank', 'is busy', 40), { expect: 'deferred' });
    expect(world.deferred).toEqual([30]);
  });

  it('is retried after any other error', async () => {
    const world = new OutageWorld();
    await world.failWith(new Error('a fault of ours'), { expect: 'retried' });
    expect(world.deferred).toEqual([]);
  });
});
