import type { SimulationResult } from './simulation';

/** What came of many worlds. */
export class Tally {
  orders = 0;
  completed = 0;
  cancelled = 0;
  redriven = 0;
  /** Kind of fault → how many. */
  readonly faults = new Map<string, number>();
  /** Seeds whose worlds broke an invariant. */
  readonly failing: number[] = [];

  add({ seed, orders, completed, cancelled, redriven, faults, violations }: SimulationResult): void {
    this.orders += orders;
    this.completed += completed;
    this.cancelled += cancelled;
    this.redriven += redriven;
    for (const { kind } of faults) this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
    if (violations.length > 0) this.failing.push(seed);
  }

  /** All faults, of whatever kind. */
  get injected(): number {
    return [...this.faults.values()].reduce((total, count) => total + count, 0);
  }
}
