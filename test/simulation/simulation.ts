import type { Fault } from './faults';
import type { SystemFactory } from './system';
import { START, World, type WorldOptions } from './world';

/** A world with more steps than these repeats work endlessly. The sample's worlds of 10 orders take 23,000 at most. */
const STEPS = 60_000;
const STEPS_EACH = 4_000;
const REPEATED_SHOWN = 5;
const HOUR = 60 * 60 * 1_000;
/** One world in so many is looked at again days later. */
const LONG_WORLDS_EVERY = 7;
/**
 * Days until archived events are sent again: within the archive's retention, and as late as forgotten dead letters. DynamoDB deletes
 * items "within a few days" after they have expired, so after 31 days none of them is deleted yet.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
const DAYS_LATER = [1.5, 6, 31, 33] as const;
const DELETED_LATE = 31;
/** The default of a stack. */
const IDEMPOTENCY_DAYS = 30;
/** The period whose events are sent again, in milliseconds. */
const REPLAYED = 5 * 60_000;

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
  /** With `exactly`: the ids of all faults that could have been injected, in the order of their steps. */
  readonly possible?: readonly string[];
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
  world.operators.plan();
  world.planStop();
  world.wind();
  const ended = await run(world, size);

  world.faults.on = false;
  world.forgetDeadLetters();
  const redriven = world.redrive();
  world.republish();
  world.wind();
  const livelock = ended ?? (await run(world, size));

  const left = world.deadLetters();
  const forgotten = await comeBack(world, size);
  const violations = [
    ...(livelock ? [livelock] : []),
    ...(left > 0 ? [`${left} dead letters are left although the faults are over.`] : []),
    ...[...world.missingTables].map((table) => `A function used the table ${table}, which is not declared.`),
    ...[...world.ungrouped].map((route) => `${route} without the group of its event.`),
    ...forgotten,
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
    ...(options.exactly && { possible: world.faults.possible }),
    ...(history && { history }),
  };
}

/**
 * Comes back days later in some worlds, when records have expired, and sends archived events again. Their effects must not be
 * repeated: their records are still there, or they are too old. @returns the violations
 */
async function comeBack(world: World, size: number): Promise<string[]> {
  const { chance, time, channels, services } = world;
  if (chance.seed % LONG_WORLDS_EVERY !== 0) return [];
  // Worlds take turns, so that none of these is missing in any 50 worlds in a row.
  const days = DAYS_LATER[(chance.seed / LONG_WORLDS_EVERY) % DAYS_LATER.length] ?? DELETED_LATE;
  const from = START.getTime() + chance.number('come back for') * HOUR;
  time.now += days * 24 * HOUR;
  if (days === DELETED_LATE) world.faults.note('deleted late', 'expired records');
  else services.deleteExpired();
  world.faults.note('replayed days later', `${days} days`);
  channels.replay(from, from + REPLAYED);
  const livelock = await run(world, size);
  const wrong = world.takeDeadLetters().filter(({ reason }) => days < IDEMPOTENCY_DAYS || reason !== 'expired');
  return [
    ...(livelock ? [livelock] : []),
    ...wrong.map(({ reason }) => `An event that was sent again after ${days} days is a dead letter: ${reason}.`),
  ];
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
