import { batches, type Job } from './job';

/** CPU in microseconds of a function's process: of loading its module, and of its first batch. */
export interface ColdStart {
  readonly init: number;
  /** Undefined when the job has no batches. */
  readonly first?: number;
}

// The process in which one function starts. Its parent forks it for each round.
process.once('message', async (job: Job) => {
  const context = { getRemainingTimeInMillis: () => 30_000, awsRequestId: 'bench', functionName: 'bench' };
  const input = batches(job).next().value;
  const loading = process.cpuUsage();
  const { handler } = require(job.bundle) as { handler: (event: unknown, context: unknown) => Promise<unknown> };
  const init = microseconds(loading);
  if (job.batches === 0) return process.send?.({ init } satisfies ColdStart);
  const running = process.cpuUsage();
  await handler(input, context);
  process.send?.({ init, first: microseconds(running) } satisfies ColdStart);
});

function microseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}
