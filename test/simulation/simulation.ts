import type { Fault } from './faults';
import type { SystemFactory } from './system';
import { START, World, type WorldOptions } from './world';

/** A world with more steps than these repeats work endlessly. The sample's worlds of 10 orders take 23,000 at most. */
const STEPS = 60_000;
const STEPS_EACH = 4_000;
const REPEATED_SHOWN = 5;

export interface SimulationOptions extends WorldOptions {
  /** The amount of work, e.g. the number of orders. */
  readonly size: number;
}

export interface SimulationResult {
  readonly seed: number;
  readonly size: number;
  readonly faults: readonly Fault[];
  readonly redriven: number;
  /** Messages and requests that were committed together with others. */
  readonly grouped: number;
  /** The number of pieces of work by their end. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The violated invariants, one sentence each. */
  readonly violations: readonly string[];
  /** The history, if it was requested. */
  readonly history?: readonly string[];
}

/**
 * Runs one world until no work is left: first with faults, then without faults and with all dead letters redriven. Then all
 * invariants must hold. The same options give the same run.
 */
export async function simulate(makeSystem: SystemFactory, options: SimulationOptions): Promise<SimulationResult> {
  const { size, seed } = options;
  const world = new World(makeSystem, options);
  await world.system.begin(size);
  world.wind();
  const ended = await run(world, size);

  world.faults.on = false;
  const redriven = world.redrive();
  world.wind();
  const livelock = ended ?? (await run(world, size));

  const left = world.deadLetters();
  const violations = [
    ...(livelock ? [livelock] : []),
    ...(left > 0 ? [`${left} dead letters are left although the faults are over.`] : []),
    ...world.system.findViolations(size),
  ];
  const faults = world.faults.injected;
  const history = world.history?.tell(START.getTime(), faults, correlationsIn(violations));
  return {
    seed,
    size,
    faults,
    redriven,
    grouped: world.services.grouped,
    outcomes: world.system.outcomes(),
    violations,
    ...(history && { history }),
  };
}

/** Runs until no work is left. @returns the work that is repeated endlessly; undefined if there is none */
async function run({ time, chance }: World, size: number): Promise<string | undefined> {
  if (await time.run(STEPS + size * STEPS_EACH, () => chance.startCounting())) return undefined;
  return `The system does not become idle. It repeats: ${chance.frequent(REPEATED_SHOWN).join(', ')}.`;
}

/** The correlation ids that violations name as `(correlation <id>)`. */
function correlationsIn(violations: readonly string[]): Set<string> {
  return new Set(violations.flatMap((text) => [...text.matchAll(/\(correlation ([^)]+)\)/g)].map(([, id = '']) => id)));
}
