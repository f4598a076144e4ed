import { availableParallelism } from 'node:os';
import { type SabotageName, sabotages } from '../../sample/simulation/sabotage';
import { describeFailure, shrink } from './shrink';
import { Simulators } from './simulators';
import { Tally } from './tally';

const SEEDS = 200;
const ORDERS_PER_SEED = 10;
const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);

/** The first seed for which something is so. Most often it is the very first; then, a few are tried at once. */
async function firstSeed(some: readonly number[], look: (seed: number) => Promise<boolean>): Promise<number> {
  for (let from = 0, count = 1; from < some.length; from += count, count = availableParallelism()) {
    const group = some.slice(from, from + count);
    const found = await Promise.all(group.map(look));
    const first = group.find((_, index) => found[index]);
    if (first !== undefined) return first;
  }
  return Number.POSITIVE_INFINITY;
}

// Side by side: each test waits for simulators most of the time.
describe('the whole system under faults', () => {
  const simulators = new Simulators();
  afterAll(() => simulators.stop());

  test.concurrent(`keeps every invariant: ${SEEDS} seeds of ${ORDERS_PER_SEED} orders`, async () => {
    const tally = new Tally();
    await Promise.all(seeds.map(async (seed) => tally.add(await simulators.run({ seed, orders: ORDERS_PER_SEED }))));
    const [seed] = tally.failing;
    if (seed !== undefined) throw new Error(describeFailure(await shrink({ seed, orders: ORDERS_PER_SEED })));
    expect(tally.orders).toBe(SEEDS * ORDERS_PER_SEED);
    expect(tally.injected).toBeGreaterThan((tally.orders * 20) / 100);
  }, 120_000);

  test.concurrent('runs the same way twice on one seed', async () => {
    const run = () => simulators.run({ seed: 7, orders: 20 });
    const [first, second] = await Promise.all([run(), run()]);
    expect(second).toEqual(first);
  }, 120_000);

  test.concurrent.each(Object.keys(sabotages) as SabotageName[])(
    'notices when %s',
    async (sabotage) => {
      const caught = await firstSeed(seeds, async (seed) => {
        const { violations } = await simulators.run({ seed, orders: 20, sabotage });
        return violations.length > 0;
      });
      expect(caught).toBeLessThanOrEqual(SEEDS);
    },
    120_000,
  );

  test.concurrent('makes a failing run small enough to read', async () => {
    const failure = await shrink({ seed: 1, orders: 20, sabotage: sabotages['a refund is forgotten'] });
    expect(failure.violations).not.toHaveLength(0);
    expect(failure.orders).toBeLessThan(20);
    expect(failure.faults.length).toBeLessThan(5);
    const text = describeFailure(failure);
    expect(text.split('\n').length).toBeLessThan(100);
    expect(text).toContain('payments.refund-payment processed OrderCancelled');
  }, 120_000);
});
