import { type SimulationResult, simulate } from './simulation';
import type { Sabotage, SystemFactory } from './system';

/** A world to run, as the parent process sends it. */
export interface Task {
  readonly seed: number;
  readonly size: number;
  /** The name of one of the system's sabotages. */
  readonly sabotage?: string;
  readonly only?: readonly string[];
  readonly exactly?: readonly string[];
  readonly history?: boolean;
}

export type Answer<Result> = { readonly result: Result } | { readonly error: string };

/** Returns a function that runs worlds of a system. */
export function simulatorOf(makeSystem: SystemFactory, sabotages: Readonly<Record<string, Sabotage>>) {
  return ({ sabotage: name, only, exactly, size, ...task }: Task): Promise<SimulationResult> => {
    const sabotage = name === undefined ? undefined : sabotages[name];
    return simulate(makeSystem, {
      ...task,
      size: Math.max(size, sabotage?.needs?.size ?? 0),
      ...(only && { only: new Set(only) }),
      ...(exactly && { exactly: new Set(exactly) }),
      ...(sabotage && { sabotage }),
    });
  };
}

/** Runs the tasks that the parent process sends, one after another. */
export function serve<One, Result>(run: (task: One) => Promise<Result>): void {
  // The stacks of injected faults are not read, and mapping them to sources takes a tenth of the time.
  Error.stackTraceLimit = 0;
  process.on('message', async (task: One) => {
    const answer: Answer<Result> = await run(task).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
    process.send?.(answer);
  });
}
