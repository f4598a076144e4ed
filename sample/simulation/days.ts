import type { Discrepancy } from '../../lambdas/runtime/reconciliation/reconciliation';
import type { FaultKind } from '../../test/simulation/faults';
import type { Sabotage, SystemParts } from '../../test/simulation/system';
import { START, World } from '../../test/simulation/world';
import { makeSystem } from './system';

const HOUR = 60 * 60 * 1_000;
const DAY = 24 * HOUR;
/** Hours between two looks at what is wrong. */
const LOOK_HOURS = 3;
/** The hour of the day, in UTC, at which operators redrive dead letters. */
const REDRIVE_HOUR = 12;

/** The services whose indexes are books. */
const BOOKS = /^(reconciliation|payment-provider)\./;

/** What was wrong at a time, as the invariants tell. */
export interface Look {
  readonly at: number;
  readonly violations: readonly string[];
}

export interface SimulatedDays {
  readonly looks: readonly Look[];
  readonly discrepancies: readonly Discrepancy[];
  readonly faults: number;
}

export interface DaysOptions {
  readonly seed: number;
  readonly orders: number;
  /** Days on which orders are placed. Reconciliation runs three days longer. */
  readonly days: number;
  readonly sabotage?: Sabotage;
}

/** Runs the sample for days under all faults, with a reconciliation each day and an operator who redrives dead letters. */
export async function simulateDays(parts: SystemParts, options: DaysOptions): Promise<SimulatedDays> {
  const { days, orders } = options;
  const end = START.getTime() + (days + 3) * DAY;
  const world = new World(makeSystem(parts, { hours: days * 24, reconciledUntil: end }), options);
  keepIndexesUpToDate(world);
  const looks: Look[] = [];
  const { time, system } = world;
  for (let hour = LOOK_HOURS; START.getTime() + hour * HOUR <= end; hour += LOOK_HOURS) {
    time.after(hour * HOUR, () => {
      looks.push({ at: time.now, violations: system.findViolations(orders) });
      if (hour % 24 === REDRIVE_HOUR) world.redrive();
      world.wind();
    });
  }
  await system.begin(orders);
  world.wind();
  await time.run();
  const discrepancies = world.services.items<Discrepancy>('reconciliation', 'discrepancies');
  return { looks, discrepancies, faults: world.faults.injected.length };
}

/** Books are read hours after they were written. No index of DynamoDB is so late. */
function keepIndexesUpToDate({ faults }: World): void {
  const at = faults.at.bind(faults);
  faults.at = (name: string, kinds: readonly FaultKind[]) =>
    kinds.includes('stale index') && BOOKS.test(name) ? undefined : at(name, kinds);
}
