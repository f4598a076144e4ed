import { availableParallelism } from 'node:os';
import { describeFailure, shrink } from './shrink';
import { Simulators, type SystemSource } from './simulators';
import { Tally } from './tally';

/** What a system's simulation test runs. */
export interface SimulationSuite {
  source(): Promise<SystemSource>;
  /** Names of the breakages that the simulation must notice. */
  readonly sabotages: readonly string[];
  readonly seeds: number;
  /** Size of each seed's world. */
  readonly size: number;
  /** A breakage that is easy to understand, and what the smallest failing run says about it. */
  readonly shrunk: { readonly sabotage: string; readonly says: string };
}

const TIMEOUT = 120_000;

/** Tests a system under faults: every seed holds, runs can be repeated, and every sabotage is noticed. */
export function describeSimulation(name: string, suite: SimulationSuite): void {
  const { seeds: count, size } = suite;
  const seeds = Array.from({ length: count }, (_, index) => index + 1);
  // Concurrent tests begin before beforeAll has ended, so each of them waits for this.
  let simulators: Promise<Simulators> | undefined;
  const start = () => {
    simulators ??= suite.source().then((source) => new Simulators(source));
    return simulators;
  };

  // Side by side: each test waits for simulators most of the time.
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
      'runs the same way twice on one seed',
      async () => {
        const running = await start();
        const run = () => running.run({ seed: 7, size: 2 * size });
        const [first, second] = await Promise.all([run(), run()]);
        expect(second).toEqual(first);
      },
      TIMEOUT,
    );

    test.concurrent.each(suite.sabotages)(
      'notices when %s',
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
      'makes a failing run small enough to read',
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

/** The first seed for which something is so. Usually it is the very first; after that, a few are tried at once. */
async function firstSeed(some: readonly number[], look: (seed: number) => Promise<boolean>): Promise<number> {
  for (let from = 0, count = 1; from < some.length; from += count, count = availableParallelism()) {
    const group = some.slice(from, from + count);
    const found = await Promise.all(group.map(look));
    const first = group.find((_, index) => found[index]);
    if (first !== undefined) return first;
  }
  return Number.POSITIVE_INFINITY;
}
