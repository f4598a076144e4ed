import { readdirSync } from 'node:fs';
import { synthesise } from '../../local/assembly';
import { startCloud } from '../../local/cloud';
import { LOCAL } from '../../local/clouds';
import { findFreePort, NoEmulator, requireEmulator } from '../../local/emulator';
import { Failure } from '../../local/failure';
import { noProgress, showProgress } from '../../local/progress';
import { ENDPOINTS } from './deployed';
import { endToEndLifetime } from './lifetime';

/** What is used here of what Jest tells. */
interface JestConfig {
  readonly maxWorkers: number;
  readonly testPathPatterns: { readonly patterns: readonly string[] };
}

/** Deploys everything to emulators of its own: one for each process that runs test files. */
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
    const ports = await freePorts(Math.min(config.maxWorkers, filesToRun(config)));
    const clouds = await Promise.all(
      ports.map((port, index) => startCloud({ port, lifetime, progress: index === 0 ? progress : noProgress })),
    );
    progress.done(`Started ${ports.length} local clouds`);
    process.env[ENDPOINTS] = clouds.map(({ endpoint }) => endpoint).join(' ');
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
