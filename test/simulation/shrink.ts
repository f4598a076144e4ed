import { faultId } from './faults';
import { type SimulationOptions, type SimulationResult, simulate } from './simulation';

/**
 * Makes a failing run as small as it gets: fewer orders first, then fewer faults (delta debugging: whole halves, then
 * quarters, down to single ones). What happens at a step depends on the seed and the step alone, so leaving one fault out
 * leaves all others in place.
 */
export async function shrink(failing: SimulationOptions): Promise<SimulationResult> {
  let options = failing;
  let result = await simulate(options);
  for (let orders = Math.floor(options.orders / 2); orders >= 1; orders = Math.floor(orders / 2)) {
    const smaller = await simulate({ ...options, orders });
    if (smaller.violations.length === 0) break;
    options = { ...options, orders };
    result = smaller;
  }
  let kept = result.faults.map(faultId);
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length; ) {
      const without = kept.toSpliced(from, size);
      const smaller = await simulate({ ...options, only: new Set(without) });
      if (smaller.violations.length === 0) from += size;
      else {
        // Faults that no longer come up go too.
        kept = smaller.faults.map(faultId).filter((id) => without.includes(id));
        result = smaller;
      }
    }
  }
  const only = new Set(kept);
  return simulate({ ...options, only, history: true });
}

/** A failing run in a few lines: how to see it again, what is wrong, and how it came about. */
export function describeFailure({ seed, orders, faults, violations, history = [] }: SimulationResult): string {
  const most = 60;
  const list = (lines: readonly string[]) => [
    ...lines.slice(0, most).map((line) => `  ${line}`),
    ...(lines.length > most ? [`  … and ${lines.length - most} more`] : []),
  ];
  return [
    `Seed ${seed} breaks an invariant; ${orders} orders and ${faults.length} faults are enough:`,
    ...list(violations),
    'What happened (! marks a fault):',
    ...list(history),
  ].join('\n');
}
