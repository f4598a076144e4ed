import type { Discrepancy } from '../../lambdas/runtime/reconciliation/reconciliation';
import type { Sabotage, SystemParts } from '../../test/simulation/system';
import { START, World } from '../../test/simulation/world';
import { BankMistakes, type Mistake } from './mistakes';
import { sabotages } from './sabotage';
import { makeSystem } from './system';

const HOUR = 60 * 60 * 1_000;
const DAY = 24 * HOUR;
/** Hours between two looks at what is wrong. */
const LOOK_HOURS = 3;
/** The hour of the day, in UTC, at which operators redrive dead letters. */
const REDRIVE_HOUR = 12;

/** What was wrong at a time, as the invariants tell. */
export interface Look {
  readonly at: number;
  readonly violations: readonly string[];
}

export interface SimulatedDays {
  readonly looks: readonly Look[];
  readonly discrepancies: readonly Discrepancy[];
  /** The orders of these discrepancies, and of those in pages that were dead letters until the end. */
  readonly shown: readonly string[];
  readonly mistakes: readonly Mistake[];
  readonly faults: number;
}

export interface DaysOptions {
  readonly seed: number;
  readonly orders: number;
  /** Days on which orders are placed. Reconciliation runs three days longer. */
  readonly days: number;
  /** One of {@link sabotages}. @default none */
  readonly sabotage?: keyof typeof sabotages;
  /** Whether the bank makes mistakes in its books. @default false */
  readonly mistakes?: boolean;
}

export const simulator = (parts: SystemParts) => (options: DaysOptions) => simulateDays(parts, options);

/** Runs the sample for days under all faults, with a reconciliation each day and an operator who redrives dead letters. */
async function simulateDays(parts: SystemParts, options: DaysOptions): Promise<SimulatedDays> {
  const { days, orders, seed } = options;
  const sabotage: Sabotage | undefined = options.sabotage && sabotages[options.sabotage];
  const end = START.getTime() + (days + 3) * DAY;
  const world = new World(makeSystem(parts, { hours: days * 24, reconciledUntil: end }), { seed, sabotage });
  const looks: Look[] = [];
  const mistakes = new BankMistakes(world);
  const { time, system } = world;
  for (let hour = LOOK_HOURS; START.getTime() + hour * HOUR <= end; hour += LOOK_HOURS) {
    time.after(hour * HOUR, async () => {
      if (options.mistakes) await mistakes.make();
      looks.push({ at: time.now, violations: system.findViolations(orders) });
      if (hour % 24 === REDRIVE_HOUR) world.redrive();
      world.wind();
    });
  }
  await system.begin(orders);
  world.wind();
  await time.run();
  const found = () => world.services.items<Discrepancy>('reconciliation', 'discrepancies');
  const discrepancies = found();
  world.faults.on = false;
  world.redrive();
  await time.run();
  const shown = found().map(({ key }) => key);
  return { looks, discrepancies, shown, mistakes: mistakes.made, faults: world.faults.injected.length };
}
