import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { rateLimit } from '../../../lambdas/runtime/adapters/rate-limit';
import { when } from '../../../lambdas/runtime/adapters/when';
import { consume } from '../../../lambdas/runtime/consume/consume';
import type { Adapter } from '../../../lambdas/runtime/delivery';
import { DependencyError } from '../../../lambdas/runtime/errors';
import { type Asked, answer, asked } from '../../support/batch-world';
import { AdapterWorld } from './adapter-world';

const breaker = () => circuitBreaker('bank', { minimumCalls: 2 });

/** A consumer whose bank is down, and which asks it for nothing on messages called `idle`. */
class IdleWorld extends AdapterWorld {
  bankIsDown = true;
  private readonly handler;

  constructor(adapter: Adapter) {
    super();
    const asksBank = (id: string) => !id.startsWith('idle');
    this.handler = consume(
      answer,
      ({ id }) => {
        if (this.bankIsDown && asksBank(id)) throw new DependencyError('bank', 'it is closed');
      },
      [when<typeof Asked>(async ({ id }) => asksBank(id), [adapter])],
    );
  }

  /** One after the other, by an instance that has seen nothing yet. @returns what became of them */
  async process(...ids: readonly string[]): Promise<string[]> {
    const before = this.outcomes().length;
    const instance = this.instance();
    for (const id of ids) await this.run(this.handler, [asked(id)], instance);
    return this.outcomes().slice(before);
  }
}

test('what needs nothing of a dependency does not wait for it', async () => {
  const world = new IdleWorld(breaker());
  expect(await world.process('a', 'b', 'c', 'idle-1')).toEqual(['retried', 'retried', 'deferred', 'processed']);
});

test('nor does it hide that the dependency does not work', async () => {
  const world = new IdleWorld(breaker());
  const outcomes = await world.process('a', 'idle-1', 'idle-2', 'idle-3', 'b', 'c');
  expect(outcomes.at(-1)).toBe('deferred');
});

test('nor is it taken for a sign that the dependency works again', async () => {
  const world = new IdleWorld(breaker());
  await world.process('a', 'b');
  world.wait(31);
  expect(await world.process('idle-1', 'c', 'd')).toEqual(['processed', 'deferred', 'deferred']);
  world.wait(61);
  world.bankIsDown = false;
  expect(await world.process('e', 'f')).toEqual(['processed', 'processed']);
});

test('nor does it use up a rate', async () => {
  const world = new IdleWorld(rateLimit('bank', { unitsPerSecond: 1, burst: 3 }));
  world.bankIsDown = false;
  await world.process('idle-1', 'idle-2', 'idle-3', 'idle-4');
  expect(await world.process('a', 'b', 'c', 'd')).toEqual(['processed', 'processed', 'processed', 'deferred']);
});
