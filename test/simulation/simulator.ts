import { type SimulationResult, simulate } from './simulation';
import type { Sabotage, SystemFactory } from './system';

/** A world to run, as the parent process sends it. */
export interface Task {
  readonly seed: number;
  readonly size: number;
  /** The name of one of the system's sabotages. */
  readonly sabotage?: string;
  readonly only?: readonly string[];
  readonly history?: boolean;
}

export type Answer = { readonly result: SimulationResult } | { readonly error: string };

/** Runs the worlds that the parent process sends, one after another. */
export function serve(makeSystem: SystemFactory, sabotages: Readonly<Record<string, Sabotage>>): void {
  // The stacks of injected faults are not read, and mapping them to sources takes a tenth of the time.
  Error.stackTraceLimit = 0;
  process.on('message', async ({ sabotage, only, ...task }: Task) => {
    const options = {
      ...task,
      ...(only && { only: new Set(only) }),
      ...(sabotage !== undefined && { sabotage: sabotages[sabotage] }),
    };
    const answer: Answer = await simulate(makeSystem, options).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
    process.send?.(answer);
  });
}
