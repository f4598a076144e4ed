import { availableParallelism } from 'node:os';
import { describeFailure, shrink } from './shrink';
import { Simulators, type SystemSource } from './simulators';
import { Tally } from './tally';

/** The options of a system's simulation test. */
export interface SimulationSuite {
  source(): Promise<SystemSource>;
  /** Names of the sabotages that the simulation must detect. */
  readonly sabotages: readonly string[];
  readonly seeds: number;
  /** Size of each seed's world. */
  readonly size: number;
  /** A sabotage, and a part of the description of its smallest failing run. */
  readonly shrunk: { readonly sabotage: string; readonly says: string };
}

const TIMEOUT = 120_000;

/** Tests a system under faults: every seed keeps the invariants, runs are repeatable, and every sabotage is detected. */
export function describeSimulation(name: string, suite: SimulationSuite): void {
  const { seeds: count, size } = suite;
  const seeds = Array.from({ length: count }, (_, index) => index + 1);
  // Concurrent tests start before beforeAll has ended, so each of them awaits this.
  let simulators: Promise<Simulators> | undefined;
  const start = () => {
    simulators ??= suite.source().then((source) => new Simulators(source));
    return simulators;
  };

  // Concurrent, because each test waits for simulators most of the time.
  describe(name, () => {
    afterAll(async () => (await simulators)?.stop());

    test.concurrent(
      `keeps every invariant: ${count} seeds of size ${size}`,
      async () => {
        const running = await start();
        const tally = new Tally();
        await Promise.all(seeds.map(async (seed) => tally.add(await running.run({ seed, size }))));
        const [seed] = tally.failing;
        if (seed !== undefined) {
          throw new Error(describeFailure(await shrink({ seed, size }, (task) => running.run(task))));
        }
        expect(tally.size).toBe(count * size);
        expect(tally.injected).toBeGreaterThan((tally.size * 20) / 100);
      },
      TIMEOUT,
    );

    test.concurrent(
      'gives the same result twice for one seed',
      async () => {
        const running = await start();
        const run = () => running.run({ seed: 7, size: 2 * size });
        const [first, second] = await Promise.all([run(), run()]);
        expect(second).toEqual(first);
      },
      TIMEOUT,
    );

    test.concurrent.each(suite.sabotages)(
      'detects that %s',
      async (sabotage) => {
        const running = await start();
        const caught = await firstSeed(seeds, async (seed) => {
          const { violations } = await running.run({ seed, size: 2 * size, sabotage });
          return violations.length > 0;
        });
        expect(caught).toBeLessThanOrEqual(count);
      },
      TIMEOUT,
    );

    test.concurrent(
      'shrinks a failing run to less than 100 lines',
      async () => {
        const running = await start();
        const { sabotage, says } = suite.shrunk;
        const seed = await firstSeed(seeds, async (one) => {
          const { violations } = await running.run({ seed: one, size: 4 * size, sabotage });
          return violations.length > 0;
        });
        const failure = await shrink({ seed, size: 4 * size, sabotage }, (task) => running.run(task));
        expect(failure.violations).not.toHaveLength(0);
        expect(failure.size).toBeLessThanOrEqual(4 * size);
        expect(failure.faults.length).toBeLessThan(5);
        const text = describeFailure(failure);
        expect(text.split('\n').length).toBeLessThan(100);
        expect(text).toContain(says);
      },
      TIMEOUT,
    );
  });
}

/** Returns the first seed that meets a condition. Tries the first seed alone, then several in parallel. */
async function firstSeed(some: readonly number[], look: (seed: number) => Promise<boolean>): Promise<number> {
  for (let from = 0, count = 1; from < some.length; from += count, count = availableParallelism()) {
    const group = some.slice(from, from + count);
    const found = await Promise.all(group.map(look));
    const first = group.find((_, index) => found[index]);
    if (first !== undefined) return first;
  }
  return Number.POSITIVE_INFINITY;
}
