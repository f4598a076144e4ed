import { batches, type Job, type Measured } from './job';

// The process in which one function is measured. Its parent forks it for each round.
process.once('message', async (job: Job) => {
  const context = { getRemainingTimeInMillis: () => 30_000, awsRequestId: 'bench', functionName: 'bench' };
  const inputs = batches(job);
  const first = process.cpuUsage();
  const { handler } = require(job.bundle) as { handler: (event: unknown, context: unknown) => Promise<unknown> };
  await run(1);
  const load = microseconds(first);
  await run(job.warmUp);
  process.send?.('warm');
  await new Promise((go) => process.once('message', go));
  const from = process.cpuUsage();
  await run(job.batches);
  const answer: Measured = { load, perMessage: microseconds(from) / (job.batches * job.batchSize) };
  process.send?.(answer);

  async function run(count: number): Promise<void> {
    for (let batch = 0; batch < count; batch++) {
      const answer = (await handler(inputs.next().value, context)) as { batchItemFailures?: unknown[] } | undefined;
      const failed = answer?.batchItemFailures?.length ?? 0;
      if (failed > 0) throw new Error(`${job.bundle} failed ${failed} messages.`);
    }
  }
});

function microseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}
