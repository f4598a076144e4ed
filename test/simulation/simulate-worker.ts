import { simulate } from './simulation';

/** Which worlds a process runs: every `step`-th from `offset`. */
export interface Job {
  readonly firstSeed: number;
  readonly worlds: number;
  readonly step: number;
  readonly offset: number;
  /** In all; the last world takes what is left. */
  readonly orders: number;
  readonly ordersPerWorld: number;
}

/** What a process saw. */
export interface Summary {
  orders: number;
  completed: number;
  cancelled: number;
  redriven: number;
  /** Kind of fault → how many. */
  readonly faults: Record<string, number>;
  /** Seeds whose worlds broke an invariant. */
  readonly failing: number[];
}

async function work({ firstSeed, worlds, step, offset, orders, ordersPerWorld }: Job): Promise<Summary> {
  const summary: Summary = { orders: 0, completed: 0, cancelled: 0, redriven: 0, faults: {}, failing: [] };
  for (let world = offset; world < worlds; world += step) {
    const seed = firstSeed + world;
    const result = await simulate({ seed, orders: Math.min(ordersPerWorld, orders - world * ordersPerWorld) });
    summary.orders += result.orders;
    summary.completed += result.completed;
    summary.cancelled += result.cancelled;
    summary.redriven += result.redriven;
    for (const { kind } of result.faults) summary.faults[kind] = (summary.faults[kind] ?? 0) + 1;
    if (result.violations.length > 0) summary.failing.push(seed);
  }
  return summary;
}

// Nobody reads the stacks of injected faults, and mapping them to sources takes a tenth of the time.
Error.stackTraceLimit = 0;

process.once('message', async (job: Job) => {
  process.send?.(await work(job));
  process.disconnect();
});
