import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { percentile } from '../cli/percentile';
import { showProgress } from '../cli/progress';
import type { Cell } from '../cli/table';
import { bundle } from '../lib/broker/bundling/bundle';
import type { Job, Measured } from './job';
import type { Effort } from './report';
import { AwsStub } from './stub';

/** A function in a comparison. */
export interface Subject extends Partial<Pick<Job, 'input' | 'duplicates' | 'isHot'>> {
  readonly name: string;
  /** Its file in `functions/`. */
  readonly file: string;
}

/** The result of one subject: medians of all rounds. */
export interface Row {
  readonly name: string;
  /** Microseconds of CPU for one message. */
  readonly cpu: number;
  /** Half the distance of the quartiles, in percent of the median. */
  readonly spread: number;
  /** CPU as a ratio to the first subject, of the same round. */
  readonly ratio: number;
  readonly callsPerMessage: number;
  readonly kilobytes: number;
  /** Milliseconds of CPU for loading the function and its first batch. */
  readonly load: number;
  readonly loadRatio: number;
}

interface Result extends Measured {
  readonly calls: number;
}

const BATCH_SIZE = 10;
export const ESBUILD = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' } as const;
export const ENVIRONMENT = {
  // Concerns the version of Node on this machine.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  STAGE: 'dev',
  SERVICE: 'bench',
  FUNCTION: 'bench',
  POWERTOOLS_SERVICE_NAME: 'bench',
  RECORDS_TABLE: 'records',
  TABLE_RESERVATIONS: 'reservations',
  TABLE_STOCK: 'stock',
  TABLE_DEPENDENCIES: 'dependencies',
  IDEMPOTENCY_DAYS: '30',
  ATTEMPTS: '8',
  BACKOFF_BASE_SECONDS: '2',
  BACKOFF_CAP_SECONDS: '300',
  BUS_ARN: 'arn:aws:events:eu-central-1:123456789012:event-bus/bench',
  REMINDERS: '{"queues":{}}',
  DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1/dead-letters',
  QUEUE_URL: 'http://127.0.0.1/queue',
} as const;

/**
 * Measures functions against a stub of AWS, each in its own process. All subjects take turns in every round, so that a busy
 * machine slows all of them. The others are compared with the first subject.
 */
export async function compare(
  subjects: readonly Subject[],
  { rounds, batches }: Pick<Effort, 'rounds' | 'batches'>,
): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'event-broker-bench-'));
  const child = join(folder, 'child.js');
  buildSync({ ...ESBUILD, entryPoints: [join(__dirname, 'child.ts')], outfile: child });
  const bundles = subjects.map(({ file }) => build(join(__dirname, 'functions', `${file}.ts`), folder));
  const stub = new AwsStub();
  const endpoint = await stub.start();
  const progress = showProgress();
  const results = subjects.map((): Result[] => []);
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [index, { input = 'queue', duplicates = false, isHot = false }] of subjects.entries()) {
        const settings = { batchSize: BATCH_SIZE, warmUp: batches, batches, input, duplicates, isHot };
        const job = { bundle: bundles[index] as string, ...settings };
        results[index]?.push(await measure(child, job, endpoint, stub));
        progress.part('runs', round * subjects.length + index + 1, rounds * subjects.length);
      }
    }
    return subjects.map(({ name }, index) =>
      toRow(name, bundles[index] as string, results[index] ?? [], results[0] ?? []),
    );
  } finally {
    await stub.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Builds a peer as CDK's `NodejsFunction` does, minified and with its SDK, and our functions as they are deployed. */
export function build(entry: string, folder: string): string {
  if (basename(dirname(entry)) !== 'peers') return bundle(entry);
  const outdir = join(folder, basename(entry, '.ts'));
  buildSync({ ...ESBUILD, minify: true, entryPoints: [entry], outfile: join(outdir, 'index.js') });
  return outdir;
}

async function measure(child: string, job: Job, endpoint: string, stub: AwsStub): Promise<Result> {
  stub.reset();
  const env = { ...ENVIRONMENT, AWS_ENDPOINT_URL: endpoint, PATH: process.env.PATH };
  const running = fork(child, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const died = once(running, 'exit').then(() => {
    throw new Error(`${job.bundle} ended before it was measured.`);
  });
  died.catch(() => {});
  const answer = async () => (await Promise.race([once(running, 'message'), died]))[0];
  try {
    running.send(job);
    await answer();
    const before = stub.calls;
    running.send('go');
    const measured = (await answer()) as Measured;
    return { ...measured, calls: (stub.calls - before) / (job.batches * job.batchSize) };
  } finally {
    running.kill();
  }
}

function toRow(name: string, folder: string, results: readonly Result[], base: readonly Result[]): Row {
  const median = (values: readonly number[]) => percentile(values, 0.5);
  const cpu = results.map(({ perMessage }) => perMessage);
  return {
    name,
    cpu: median(cpu),
    spread: ((percentile(cpu, 0.75) - percentile(cpu, 0.25)) / 2 / median(cpu)) * 100,
    ratio: median(cpu.map((one, round) => one / (base[round]?.perMessage ?? Number.NaN))),
    callsPerMessage: median(results.map(({ calls }) => calls)),
    kilobytes: statSync(join(folder, 'index.js')).size / 1024,
    load: median(results.map(({ load }) => load)) / 1_000,
    loadRatio: median(results.map(({ load }, round) => load / (base[round]?.load ?? Number.NaN))),
  };
}

export const HEAD = ['function', 'CPU (µs)', '± %', 'ratio', 'calls/message', 'KB', 'load (ms CPU)', 'load ratio'];

export function toCells({ name, cpu, spread, ratio, callsPerMessage, kilobytes, load, loadRatio }: Row): Cell[] {
  const numbers = [cpu.toFixed(0), spread.toFixed(1), ratio.toFixed(3), callsPerMessage.toFixed(2)];
  return [name, ...numbers, kilobytes.toFixed(0), load.toFixed(0), loadRatio.toFixed(2)];
}
