import type { SimulationResult } from './simulation';
import type { Task } from './simulator';

/** A set of faults after which an invariant is broken. */
export interface FailingSchedule {
  /** The ids of the faults. */
  readonly exactly: readonly string[];
  readonly violations: readonly string[];
}

export interface Exploration {
  /** The number of worlds that were run. */
  readonly schedules: number;
  /** The faults that are possible when no other fault occurs. */
  readonly possible: number;
  readonly failing: readonly FailingSchedule[];
  /** Whether every schedule was run. */
  readonly isComplete: boolean;
}

/** The bounds of an exploration. */
export interface Bounds {
  /** The most faults in one world. */
  readonly depth: number;
  /** The most worlds. @default no bound */
  readonly most?: number;
}

/**
 * Explores a small world exhaustively: runs it without faults, then with each fault that is possible, then with each pair, and so on.
 * Each set of faults is run once, because a fault can change only what comes after it.
 *
 * @param world its seed and size. Everything but the faults is as chance picks it
 * @param ran called after each world
 */
export async function explore(
  world: Task,
  { depth, most = Number.POSITIVE_INFINITY }: Bounds,
  run: (task: Task) => Promise<SimulationResult>,
  ran: (schedules: number) => void = () => {},
): Promise<Exploration> {
  const failing: FailingSchedule[] = [];
  let schedules = 0;
  let started = 0;
  let skipped = 0;
  const visit = async (exactly: readonly string[]): Promise<number> => {
    if (started === most) {
      skipped++;
      return 0;
    }
    started++;
    const { possible = [], violations } = await run({ ...world, exactly });
    ran(++schedules);
    if (violations.length > 0) failing.push({ exactly, violations });
    if (exactly.length === depth) return possible.length;
    const last = exactly.at(-1);
    const later = possible.slice(last === undefined ? 0 : possible.indexOf(last) + 1);
    // The last level runs in parallel. Above it, that would plan all worlds at once.
    if (exactly.length === depth - 1) await Promise.all(later.map((next) => visit([...exactly, next])));
    else for (const next of later) await visit([...exactly, next]);
    return possible.length;
  };
  const possible = await visit([]);
  return { schedules, possible, failing, isComplete: skipped === 0 };
}
