import { readdirSync } from 'node:fs';
import { synthesise } from '../../local/assembly';
import { startCloud } from '../../local/cloud';
import { LOCAL } from '../../local/clouds';
import { findFreePort, NoEmulator, requireEmulator } from '../../local/emulator';
import { Failure } from '../../local/failure';
import { noProgress, showProgress } from '../../local/progress';
import { lend } from './clouds';
import { endToEndLifetime } from './lifetime';

/** What is used here of what Jest tells. */
interface JestConfig {
  readonly maxWorkers: number;
  readonly testPathPatterns: { readonly patterns: readonly string[] };
}

/** Deploys everything to emulators of its own, which test files borrow. */
export default async function setup(config: JestConfig): Promise<void> {
  const lifetime = endToEndLifetime();
  try {
    console.error('');
    const progress = showProgress();
    const here = { progress, lifetime };
    // What all of them share.
    await Promise.all([
      requireEmulator({ ...here, port: 0, installations: LOCAL, directory: LOCAL }),
      synthesise(here),
    ]);
    const ports = await freePorts(cloudsNeeded(config));
    const clouds = await Promise.all(
      ports.map((port, index) => startCloud({ port, lifetime, progress: index === 0 ? progress : noProgress })),
    );
    progress.done(`Started ${ports.length} local clouds`);
    lend(clouds.map((cloud) => cloud.endpoint ?? ''));
  } catch (error) {
    await lifetime.end();
    if (!(error instanceof NoEmulator) || process.env.CI) throw error instanceof Failure ? withoutStack(error) : error;
    console.error(`End-to-end tests are skipped. ${error.message}`);
  }
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}

/** The test of faults hurts a cloud of its own: as long as it runs, there is a process less that could use one of these. */
function cloudsNeeded(config: JestConfig): number {
  if (process.env.AWS_ENDPOINT_URL) return 1;
  return Math.max(1, Math.min(config.maxWorkers - 1, filesToRun(config)));
}

function filesToRun({ testPathPatterns }: JestConfig): number {
  const files = readdirSync(__dirname).filter((file) => file.endsWith('.test.ts'));
  const wanted = testPathPatterns.patterns.map((pattern) => new RegExp(pattern.replace(/.*\//, '')));
  return files.filter((file) => wanted.length === 0 || wanted.some((pattern) => pattern.test(file))).length;
}

/** jest prints the stack of what is thrown here; a failure's message says it all. */
function withoutStack(failure: Failure): Failure {
  failure.stack = failure.message;
  return failure;
}
