import { sabotages } from './sabotage';
import { describeFailure, shrink } from './shrink';
import { simulate } from './simulation';

const SEEDS = 200;
const ORDERS_PER_SEED = 10;

describe('the whole system under faults', () => {
  test(`keeps every invariant: ${SEEDS} seeds of ${ORDERS_PER_SEED} orders`, async () => {
    let faults = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await simulate({ seed, orders: ORDERS_PER_SEED });
      faults += result.faults.length;
      if (result.violations.length > 0) {
        throw new Error(describeFailure(await shrink({ seed, orders: ORDERS_PER_SEED })));
      }
    }
    expect(faults).toBeGreaterThan((SEEDS * ORDERS_PER_SEED * 20) / 100);
  }, 120_000);

  test('runs the same way twice on one seed', async () => {
    const [first, second] = [await simulate({ seed: 7, orders: 20 }), await simulate({ seed: 7, orders: 20 })];
    expect(second).toEqual(first);
  }, 120_000);

  test.each(Object.entries(sabotages))(
    'notices when %s',
    async (_name, sabotage) => {
      let caught = 0;
      for (let seed = 1; seed <= SEEDS && caught === 0; seed++) {
        const { violations } = await simulate({ seed, orders: 20, sabotage });
        if (violations.length > 0) caught = seed;
      }
      expect(caught).toBeGreaterThan(0);
    },
    120_000,
  );

  test('makes a failing run small enough to read', async () => {
    const sabotage = sabotages['a refund is forgotten'] ?? {};
    const failure = await shrink({ seed: 1, orders: 20, sabotage });
    expect(failure.violations).not.toHaveLength(0);
    expect(failure.orders).toBeLessThan(20);
    expect(failure.faults.length).toBeLessThan(5);
  }, 120_000);
});
