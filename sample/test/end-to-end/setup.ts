import { readdirSync } from 'node:fs';
import { Failure } from '../../../cli/failure';
import type { Lifetime } from '../../../cli/lifetime';
import { type Progress, showProgress } from '../../../cli/progress';
import type { Deployment } from '../../../deployed/discover';
import { startCloud } from '../../../local/cloud/cloud';
import { NoEmulator } from '../../../local/emulator/launch';
import { findFreePort } from '../../../local/emulator/port';
import { endToEndLifetime } from '../../../test/end-to-end/lifetime';
import { stageUnderTest } from '../../../test/stage/stage';
import { lend } from './clouds';
import { deployOriginal, startCopy } from './original';

/** The part of Jest's configuration that the setup uses. */
export interface JestConfig {
  readonly maxWorkers: number;
  readonly testPathPatterns: { readonly patterns: readonly string[] };
}

/** Deploys everything to new emulators, which test files borrow. */
export default async function setup(config: JestConfig): Promise<void> {
  const lifetime = endToEndLifetime();
  try {
    console.error('');
    const progress = showProgress();
    const stage = stageUnderTest();
    // One stage, which the test files use one after another.
    if (stage !== undefined) return lend([stage.endpoint ?? stage.stage]);
    const clouds = process.env.AWS_ENDPOINT_URL
      ? [await startCloud({ port: 0, lifetime, progress })]
      : await startClouds(cloudsNeeded(config), progress, lifetime);
    lend(clouds.map(({ endpoint = '' }) => endpoint));
  } catch (error) {
    await lifetime.end();
    if (!(error instanceof NoEmulator) || process.env.CI) throw error instanceof Failure ? withoutStack(error) : error;
    console.error(`End-to-end tests are skipped. ${error.message}`);
  }
}

async function startClouds(count: number, progress: Progress, lifetime: Lifetime): Promise<Deployment[]> {
  await deployOriginal(progress, lifetime);
  progress.doing(`Starting ${count} copies`);
  const ports = await freePorts(count);
  const copies = await Promise.all(ports.map((port) => startCopy(lifetime, port)));
  progress.done(`Started ${count} copies`);
  return copies.map(({ deployment }) => deployment);
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}

/** Returns the number of clouds: one per worker, but not more than test files. */
function cloudsNeeded(config: JestConfig): number {
  return Math.max(1, Math.min(config.maxWorkers, filesToRun(config)));
}

/** Returns whether no test file was left out. */
export function runsAllFiles({ testPathPatterns }: JestConfig): boolean {
  return testPathPatterns.patterns.length === 0;
}

function filesToRun({ testPathPatterns }: JestConfig): number {
  const files = readdirSync(__dirname).filter((file) => file.endsWith('.test.ts'));
  const wanted = testPathPatterns.patterns.map((pattern) => new RegExp(pattern.replace(/.*\//, '')));
  return files.filter((file) => wanted.length === 0 || wanted.some((pattern) => pattern.test(file))).length;
}

/** Jest prints the stack of errors in the setup. A failure only needs its message. */
function withoutStack(failure: Failure): Failure {
  failure.stack = failure.message;
  return failure;
}
