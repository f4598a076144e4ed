import { join } from 'node:path';
import { FIXTURE_LAMBDAS, synthesiseFixture } from '../fixture/synthesis';
import { SynthesisedApp } from '../infrastructure/app';
import { explore } from './explore';
import type { SimulationResult } from './simulation';
import type { Task } from './simulator';
import { Simulators } from './simulators';
import { sourceOf } from './source';

/** `EXPLORED_FAULTS=2 npx jest test/simulation/explore` explores all pairs of faults too: about 20,000 worlds. */
const DEPTH = Number(process.env.EXPLORED_FAULTS ?? 1);
/** The worlds of one parcel in these seeds: it is shipped in one of them, and refused in the other. */
const SEEDS = [1, 4];
const TIMEOUT = 600_000 * DEPTH ** 2;

/** A world in which three faults are possible, and one more after the first. It breaks after the last two. */
async function three({ exactly = [] }: Task): Promise<SimulationResult> {
  const possible = exactly.includes('a') ? ['a', 'a2', 'b', 'c'] : ['a', 'b', 'c'];
  const violations = exactly.includes('b') && exactly.includes('c') ? ['Both have failed.'] : [];
  return { seed: 1, size: 1, faults: [], redriven: 0, grouped: 0, outcomes: {}, violations, possible };
}

describe('exploring a small world', () => {
  it('runs it once for each set of faults', async () => {
    const runs: string[] = [];
    const run = (task: Task) => {
      runs.push((task.exactly ?? []).join(' '));
      return three(task);
    };
    const explored = await explore({ seed: 1, size: 1 }, { depth: 2 }, run);
    expect(runs.sort()).toEqual(['', 'a', 'a a2', 'a b', 'a c', 'b', 'b c', 'c']);
    const failing = [{ exactly: ['b', 'c'], violations: ['Both have failed.'] }];
    expect(explored).toEqual({ schedules: 8, possible: 3, failing, isComplete: true });
  });

  it('stops at its bound', async () => {
    const { schedules, isComplete } = await explore({ seed: 1, size: 1 }, { depth: 2, most: 5 }, three);
    expect([schedules, isComplete]).toEqual([5, false]);
  });
});

describe('the fixture services with one parcel', () => {
  let simulators: Simulators;
  const exploreFixture = (seed: number, sabotage?: string) =>
    explore({ seed, size: 1, sabotage }, { depth: sabotage ? 1 : DEPTH }, (task) => simulators.run(task));

  beforeAll(async () => {
    const fixture = join(__dirname, 'fixture.ts');
    const app = new SynthesisedApp('dev', await synthesiseFixture('dev'));
    simulators = new Simulators(await sourceOf(fixture, app, FIXTURE_LAMBDAS));
  }, TIMEOUT);

  afterAll(() => simulators.stop());

  it.each(SEEDS)(
    `keeps every invariant after each set of faults, at most ${DEPTH} in one world: seed %i`,
    async (seed) => {
      const { schedules, possible, failing } = await exploreFixture(seed);
      expect(failing).toEqual([]);
      expect(possible).toBeGreaterThan(100);
      expect(schedules).toBeGreaterThan(possible);
    },
    TIMEOUT,
  );

  it(
    'shows a sabotage that needs exactly one fault',
    async () => {
      const { failing } = await exploreFixture(1, 'events are published before the transaction');
      expect(failing.map(({ exactly }) => exactly.length)).not.toContain(0);
      const kinds = failing.map(({ exactly: [fault = ''] }) => fault.replace(/ at .*/, ''));
      expect(new Set(kinds)).toContain('stopped');
    },
    TIMEOUT,
  );
});
