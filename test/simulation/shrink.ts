import { faultId } from './faults';
import type { SimulationResult } from './simulation';
import type { Task } from './simulator';

/** Runs one world. */
type Run = (task: Task) => Promise<SimulationResult>;

const LINES_SHOWN = 60;

/**
 * Shrinks a failing run: fewer orders first, then fewer faults (delta debugging: halves, quarters, down to single faults). A step
 * depends only on the seed and its name, so leaving out one fault leaves all others in place.
 */
export async function shrink(failing: Task, run: Run): Promise<SimulationResult> {
  let task = failing;
  let result = await run(task);
  for (let size = Math.floor(task.size / 2); size >= 1; size = Math.floor(size / 2)) {
    const smaller = await run({ ...task, size });
    if (smaller.violations.length === 0) break;
    task = { ...task, size };
    result = smaller;
  }
  let kept = result.faults.map(faultId);
  for (let length = Math.ceil(kept.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let from = 0; from < kept.length; ) {
      const without = kept.toSpliced(from, length);
      const smaller = await run({ ...task, only: without });
      if (smaller.violations.length === 0) from += length;
      else {
        // Drops faults that no longer occur.
        kept = smaller.faults.map(faultId).filter((id) => without.includes(id));
        result = smaller;
      }
    }
  }
  return run({ ...task, only: kept, history: true });
}

/** Describes a failing run: its seed, the violations and the history. */
export function describeFailure({ seed, size, faults, violations, history = [] }: SimulationResult): string {
  const list = (lines: readonly string[]) => [
    ...lines.slice(0, LINES_SHOWN).map((line) => `  ${line}`),
    ...(lines.length > LINES_SHOWN ? [`  … and ${lines.length - LINES_SHOWN} more`] : []),
  ];
  return [
    `Seed ${seed} breaks an invariant; size ${size} and ${faults.length} faults are enough:`,
    ...list(violations),
    'What happened (! marks a fault):',
    ...list(history),
  ].join('\n');
}
