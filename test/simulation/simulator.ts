import { type SabotageName, sabotages } from '../../sample/simulation/sabotage';
import { type SimulationResult, simulate } from './simulation';

/** A world to run, as it is sent to a process. */
export interface Task {
  readonly seed: number;
  readonly orders: number;
  readonly sabotage?: SabotageName;
}

export type Answer = { readonly result: SimulationResult } | { readonly error: string };

// Nobody reads the stacks of injected faults, and mapping them to sources takes a tenth of the time.
Error.stackTraceLimit = 0;

process.on('message', async ({ sabotage, ...task }: Task) => {
  const answer: Answer = await simulate({ ...task, ...(sabotage && { sabotage: sabotages[sabotage] }) }).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: String(error) }),
  );
  process.send?.(answer);
});
