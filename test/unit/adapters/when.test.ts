import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { rateLimit } from '../../../lambdas/runtime/adapters/rate-limit';
import { when } from '../../../lambdas/runtime/adapters/when';
import { consume } from '../../../lambdas/runtime/consume/consume';
import type { Adapter } from '../../../lambdas/runtime/delivery';
import { DependencyError } from '../../../lambdas/runtime/errors';
import { type Asked, answer, asked } from '../../support/batch-world';
import { AdapterWorld } from './adapter-world';

const breaker = () => circuitBreaker('bank', { minimumCalls: 2 });

/** Runs a consumer whose bank is down. It does not call the bank for messages with an id that starts with `idle`. */
class IdleWorld extends AdapterWorld {
  bankIsDown = true;
  private readonly handler;

  constructor(adapter: Adapter) {
    super();
    const callsBank = (id: string) => !id.startsWith('idle');
    this.handler = consume(
      answer,
      ({ id }) => {
        if (this.bankIsDown && callsBank(id)) throw new DependencyError('bank', 'it is closed');
      },
      [when<typeof Asked>(async ({ id }) => callsBank(id), [adapter])],
    );
  }

  /** Runs messages one by one in a new instance. @returns their outcomes */
  async process(...ids: readonly string[]): Promise<string[]> {
    const before = this.outcomes().length;
    const instance = this.instance();
    for (const id of ids) await this.run(this.handler, [asked(id)], instance);
    return this.outcomes().slice(before);
  }
}

test('processes messages that do not call the dependency while its circuit is open', async () => {
  const world = new IdleWorld(breaker());
  expect(await world.process('a', 'b', 'c', 'idle-1')).toEqual(['retried', 'retried', 'deferred', 'processed']);
});

test('does not count such messages as successful calls', async () => {
  const world = new IdleWorld(breaker());
  const outcomes = await world.process('a', 'idle-1', 'idle-2', 'idle-3', 'b', 'c');
  expect(outcomes.at(-1)).toBe('deferred');
});

test('does not probe the dependency with such messages', async () => {
  const world = new IdleWorld(breaker());
  await world.process('a', 'b');
  world.wait(31);
  expect(await world.process('idle-1', 'c', 'd')).toEqual(['processed', 'deferred', 'deferred']);
  world.wait(61);
  world.bankIsDown = false;
  expect(await world.process('e', 'f')).toEqual(['processed', 'processed']);
});

test('does not use units of the rate limit for such messages', async () => {
  const world = new IdleWorld(rateLimit('bank', { unitsPerSecond: 1, burst: 3 }));
  world.bankIsDown = false;
  await world.process('idle-1', 'idle-2', 'idle-3', 'idle-4');
  expect(await world.process('a', 'b', 'c', 'd')).toEqual(['processed', 'processed', 'processed', 'deferred']);
});
