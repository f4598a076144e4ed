import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { findFunctions } from '../cli/declarations';
import { percentile } from '../cli/percentile';
import { showProgress } from '../cli/progress';
import { bundle } from '../lib/broker/bundling/bundle';
import type { ColdStart } from './cold-child';
import type { Job } from './job';
import type { Effort, Report } from './report';
import { build, ENVIRONMENT, ESBUILD } from './rounds';
import { AwsStub } from './stub';

interface Started {
  readonly name: string;
  readonly bundle: string;
  /** Absent when only the start is measured. */
  readonly input?: Job['input'];
}

const BATCH_SIZE = 10;

/** Measures how long the process of each function takes to load it, and to process its first batch. The others are compared with the first. */
export async function measureColdStart({ rounds }: Pick<Effort, 'rounds'>): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'event-broker-bench-'));
  const child = join(folder, 'child.js');
  buildSync({ ...ESBUILD, entryPoints: [join(__dirname, 'cold-child.ts')], outfile: child });
  const subjects = [...comparedIn(folder), ...(await deployed())];
  const stub = new AwsStub();
  const endpoint = await stub.start();
  const progress = showProgress();
  const results = subjects.map((): ColdStart[] => []);
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [index, subject] of subjects.entries()) {
        stub.reset();
        results[index]?.push(await start(child, subject, endpoint));
        progress.part('starts', round * subjects.length + index + 1, rounds * subjects.length);
      }
    }
    return toReport(subjects.map((subject, index) => toRow(subject, results[index] ?? [], results[0] ?? [])));
  } finally {
    await stub.stop();
    rmSync(folder, { recursive: true });
  }
}

function toReport(data: readonly ReturnType<typeof toRow>[]): Report {
  const head = ['function', 'KB', 'init (ms CPU)', '± %', 'ratio', 'first batch (ms CPU)'];
  const rows = data.map(({ name, kilobytes, init, spread, ratio, first }) => [
    ...[name, kilobytes.toFixed(0), init.toFixed(1), spread.toFixed(1), ratio.toFixed(2)],
    first?.toFixed(1) ?? '-',
  ]);
  return { tables: [{ id: 'functions', head, rows }], data };
}

/** The functions of the comparison of consumers, which all do the same work. */
function comparedIn(folder: string): Started[] {
  const files: readonly (readonly [name: string, file: string, input: Job['input']])[] = [
    ['Powertools', 'peers/powertools', 'queue'],
    ['middy and Powertools', 'peers/middy', 'queue'],
    ['hand-written', 'peers/hand-written', 'queue'],
    ['ours: confirm-order', 'own/confirm-order', 'queue'],
    ['ours: relay', 'own/relay', 'stream'],
  ];
  return files.map(([name, file, input]) => ({
    name,
    input,
    bundle: build(join(__dirname, 'functions', `${file}.ts`), folder),
  }));
}

/** All functions of the app, which only start. */
async function deployed(): Promise<Started[]> {
  const functions = await findFunctions();
  return functions.map(({ declaration: { service, name }, file }) => ({
    name: `${service}.${name}`,
    bundle: bundle(file),
  }));
}

async function start(child: string, { bundle: folder, input }: Started, endpoint: string): Promise<ColdStart> {
  const env = { ...ENVIRONMENT, AWS_ENDPOINT_URL: endpoint, PATH: process.env.PATH };
  const running = fork(child, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const job: Job = {
    bundle: folder,
    input: input ?? 'queue',
    batchSize: BATCH_SIZE,
    warmUp: 0,
    batches: input === undefined ? 0 : 1,
    duplicates: false,
    isHot: false,
  };
  try {
    running.send(job);
    const died = once(running, 'exit').then((): never => {
      throw new Error(`${folder} ended before it was measured.`);
    });
    died.catch(() => {});
    const [measured] = (await Promise.race([once(running, 'message'), died])) as [ColdStart];
    return measured;
  } finally {
    running.kill();
  }
}

function toRow({ name, bundle: folder }: Started, results: readonly ColdStart[], base: readonly ColdStart[]) {
  const init = results.map((one) => one.init / 1_000);
  const first = results.flatMap((one) => (one.first === undefined ? [] : [one.first / 1_000]));
  const median = percentile(init, 0.5);
  return {
    name,
    kilobytes: statSync(join(folder, 'index.js')).size / 1_024,
    init: median,
    spread: ((percentile(init, 0.75) - percentile(init, 0.25)) / 2 / median) * 100,
    ratio: percentile(
      init.map((one, round) => one / ((base[round]?.init ?? Number.NaN) / 1_000)),
      0.5,
    ),
    ...(first.length > 0 && { first: percentile(first, 0.5) }),
  };
}
