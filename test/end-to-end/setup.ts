import { readdirSync } from 'node:fs';
import { startCloud } from '../../local/cloud';
import { findFreePort, NoEmulator } from '../../local/emulator';
import { Failure } from '../../local/failure';
import { noProgress, type Progress, showProgress } from '../../local/progress';
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
  const start = async (progress: Progress) =>
    (await startCloud({ port: await findFreePort(), progress, lifetime })).endpoint;
  try {
    console.error('');
    const progress = showProgress();
    // The first one installs the emulator and synthesises the stacks; the others find that done.
    const first = await start(progress);
    const others = Math.min(config.maxWorkers, filesToRun(config)) - 1;
    progress.doing(`Starting ${others} more of the same`);
    const endpoints = [first, ...(await Promise.all(Array.from({ length: others }, () => start(noProgress))))];
    if (others > 0) progress.done(`Started ${others} more of the same`);
    process.env[ENDPOINTS] = endpoints.join(' ');
  } catch (error) {
    await lifetime.end();
    if (!(error instanceof NoEmulator) || process.env.CI) throw error instanceof Failure ? withoutStack(error) : error;
    console.error(`End-to-end tests are skipped. ${error.message}`);
  }
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
