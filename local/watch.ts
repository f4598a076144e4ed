import path from 'node:path';
import { watch } from 'chokidar';
import { Failure, messageOf } from '../cli/failure';
import type { Lifetime } from '../cli/lifetime';
import type { Progress } from '../cli/progress';
import { ROOT } from '../cli/project';
import { failureReason } from './cloud/cdk-failure';
import { currentBundles, type Deployed, updateFunctions, updateStacks } from './cloud/update';

const FOLDERS = ['bin', 'contracts', 'lambdas', 'lib'];

/** Editors write a file in several steps, and formatters write it again. */
const SETTLE_MS = 100;

export interface WatchOptions {
  readonly directory: string;
  readonly progress: Progress;
  readonly lifetime: Lifetime;
}

/**
 * Brings each change of the app's sources to a running cloud, until the lifetime ends. A change of a handler, or of a module that
 * only handlers import, replaces the code of the functions that contain it. Any other change deploys the stacks that it changes.
 */
export function watchSources(cloud: Deployed, options: WatchOptions, print: (text: string) => void): void {
  const changed = new Set<string>();
  let deployed = cloud;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const update = async () => {
    const files = [...changed];
    changed.clear();
    if (files.length === 0 || options.lifetime.signal.aborted) return;
    const start = performance.now();
    try {
      const { what, now } = await bring(files, deployed, options);
      deployed = now;
      if (what.length > 0)
        print(`Reloaded ${what.join(', ')} after ${((performance.now() - start) / 1_000).toFixed(1)} s`);
    } catch (error) {
      if (!options.lifetime.signal.aborted) print(reasonOf(error));
    }
  };
  const onChange = (file: string) => {
    if (!file.endsWith('.ts') && !file.endsWith('.json')) return;
    if (file.endsWith('.test.ts') || file.startsWith(path.join('contracts', 'schemas'))) return;
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(update);
    }, SETTLE_MS);
  };
  // Not `fs.watch`: with Node 20 on Linux, its recursive form misses changes of files that editors replace.
  const watcher = watch(FOLDERS, { cwd: ROOT, ignoreInitial: true });
  watcher.on('all', (_, file) => onChange(file));
  options.lifetime.onEnd(() => {
    clearTimeout(timer);
    return watcher.close();
  });
}

async function bring(
  files: readonly string[],
  deployed: Deployed,
  options: WatchOptions,
): Promise<{ what: readonly string[]; now: Deployed }> {
  if (files.every(isHandlerCode)) {
    // Services share no code but the contracts and the runtime, so only these have changed.
    const services = new Set(files.map((file) => file.split(path.sep)[1] ?? ''));
    const bundles = new Map([...deployed.bundles, ...currentBundles(services)]);
    const what = await updateFunctions(deployed, bundles);
    return { what, now: { ...deployed, bundles } };
  }
  const { stacks, ...now } = await updateStacks(deployed, options);
  return { what: stacks.map((stack) => `stack ${stack}`), now };
}

/** A file below `lambdas` that no stack imports: neither a declaration nor the runtime that the stacks share. */
function isHandlerCode(file: string): boolean {
  return (
    file.startsWith(`lambdas${path.sep}`) &&
    !file.startsWith(path.join('lambdas', 'runtime')) &&
    path.basename(file) !== 'service.ts'
  );
}

function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return `Not reloaded: ${error instanceof Failure ? message : failureReason(message.split('\n'))}`;
}
