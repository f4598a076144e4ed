import { type FaultKind, ofBrokenCode, rates } from './faults';
import type { SimulationResult } from './simulation';

/** Totals of many worlds. */
export class Tally {
  size = 0;
  redriven = 0;
  grouped = 0;
  /** Number by outcome. */
  readonly outcomes = new Map<string, number>();
  /** Number by kind of fault. */
  readonly faults = new Map<string, number>();
  /** Seeds whose worlds broke an invariant. */
  readonly failing: number[] = [];

  add({ seed, size, outcomes, redriven, grouped, faults, violations }: SimulationResult): void {
    this.size += size;
    this.redriven += redriven;
    this.grouped += grouped;
    for (const [outcome, count] of Object.entries(outcomes)) add(this.outcomes, outcome, count);
    for (const { kind } of faults) add(this.faults, kind, 1);
    if (violations.length > 0) this.failing.push(seed);
  }

  /** The kinds of faults that never occurred, in one sentence. Undefined if all did. */
  get missing(): string | undefined {
    const kinds = (Object.keys(rates) as FaultKind[]).filter(
      (kind) => !this.faults.has(kind) && !ofBrokenCode.has(kind),
    );
    return kinds.length > 0 ? `These kinds of faults never occurred: ${kinds.join(', ')}.` : undefined;
  }

  /** The number of all faults. */
  get injected(): number {
    return [...this.faults.values()].reduce((total, count) => total + count, 0);
  }
}

function add(totals: Map<string, number>, key: string, count: number): void {
  totals.set(key, (totals.get(key) ?? 0) + count);
}
