import { awsRuntime, workerSettings } from '../aws/aws-runtime';
import type { Runtime } from '../runtime';
import type { Worker } from '../work/run-unit-of-work';

/** A Lambda handler for a schedule, which tests may run in a world of their own. */
export interface Scheduled {
  (): Promise<void>;
  run(worker: Worker, runtime: Runtime): Promise<void>;
}

/**
 * The function behind a schedule: `export const handler = scheduled(async (worker, runtime) => …)`. It may run twice at once,
 * late, or not at all: what it does goes through units of work (`runUnitOfWork`) with a cause that is the same each time.
 */
export function scheduled(run: Scheduled['run']): Scheduled {
  return Object.assign(() => run(workerSettings(), awsRuntime()), { run });
}
