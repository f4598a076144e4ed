import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { describeFailure, shrink } from './shrink';
import type { Task } from './simulator';
import { Simulators, type SystemSource } from './simulators';
import { Tally } from './tally';

/** The options of a system's simulation test. */
export interface SimulationSuite {
  source(): Promise<SystemSource>;
  /** Names of the sabotages that the simulation must detect. */
  readonly sabotages: readonly string[];
  /** The number of worlds. */
  readonly seeds: number;
  /** Worlds that once failed. Their faults change when the system's decisions do. @default none */
  readonly corpus?: readonly Pick<Task, 'seed' | 'size'>[];
  /** Size of each seed's world. */
  readonly size: number;
  /** A sabotage, and a part of the description of its smallest failing run. */
  readonly shrunk: { readonly sabotage: string; readonly says: string };
}

/** A sabotage must be detected in one of these seeds. Most are detected in the first. */
const SEEDS_OF_SABOTAGES = 300;

/** A message that fails in each of its attempts needs a fault for each, so a shrunk run can need some. Worlds have hundreds. */
const FAULTS_OF_SHRUNK = 10;

/** Above the seeds in which sabotages are looked for. */
const FIRST_RANDOM_SEED = 1_000_000;

/** In milliseconds. Only for a simulation that hangs: a whole suite shares the processes. */
const TIMEOUT = 600_000;

/** Tests a system under faults: every seed keeps the invariants, runs are repeatable, and every sabotage is detected. */
export function describeSimulation(name: string, suite: SimulationSuite): void {
  const { seeds: count, size, corpus = [] } = suite;
  // The same in every run, so that a test cannot fail by chance.
  const seeds = Array.from({ length: SEEDS_OF_SABOTAGES }, (_, index) => index + 1);
  // New worlds in every run, so that many runs find more faults than one run.
  const first = randomInt(FIRST_RANDOM_SEED, 2 ** 31);
  const explored: Task[] = [...Array.from({ length: count }, (_, index) => ({ seed: first + index, size })), ...corpus];
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
      `keeps every invariant: worlds of size ${size}, ${count} new seeds from ${first} and ${corpus.length} kept ones`,
      async () => {
        const running = await start();
        const tally = new Tally();
        await Promise.all(explored.map(async (task) => tally.add(await running.run(task))));
        const failing = explored.find(({ seed }) => tally.failing.includes(seed));
        if (failing) throw new Error(describeFailure(await shrink(failing, (task) => running.run(task))));
        expect(tally.size).toBe(explored.reduce((sum, one) => sum + one.size, 0));
        expect(tally.injected).toBeGreaterThan((tally.size * 20) / 100);
        expect(tally.grouped).toBeGreaterThan((tally.size * 5) / 100);
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
        expect(caught).toBeLessThanOrEqual(SEEDS_OF_SABOTAGES);
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
        expect(failure.faults.length).toBeLessThan(FAULTS_OF_SHRUNK);
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
