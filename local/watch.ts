import path from 'node:path';
import { watch } from 'chokidar';
import { Failure, messageOf } from '../cli/failure';
import type { Lifetime } from '../cli/lifetime';
import type { Progress } from '../cli/progress';
import { ROOT } from '../cli/project';
import type { Deployment } from '../deployed/discover';
import { WarmBundles } from '../lib/broker/bundling/warm-bundles';
import { failureReason } from './cloud/cdk-failure';
import { type Deployed, LAMBDAS, updateFunctions, updateStacks } from './cloud/update';
import { StackSources } from './stack-sources';

/** The folder of the runtime, which also holds the relay. */
const RUNTIME = 'runtime';

const FOLDERS = ['bin', 'contracts', 'lambdas', 'lib'];

/** Editors write a file in several steps, and formatters write it again. */
const SETTLE_MS = 100;

export interface WatchOptions {
  readonly directory: string;
  readonly progress: Progress;
  readonly lifetime: Lifetime;
  /** Prints what was reloaded, or why it was not. */
  readonly print: (text: string) => void;
  /** Called after each reload with the names of functions and stacks, and with the system as it is now. */
  readonly onReload?: (what: readonly string[], deployment: Deployment) => unknown;
}

/**
 * Deploys each change of the app's sources to a running cloud, until the lifetime ends. A change of code that no stack imports, of a
 * handler or of the runtime, replaces the code of the functions that contain it. Any other change deploys the stacks that it changes.
 * Resolves when no further change will be missed.
 */
export async function watchSources(cloud: Deployed, options: WatchOptions): Promise<void> {
  const { lifetime, print, onReload } = options;
  const warm = new WarmBundles(LAMBDAS);
  const sources = new StackSources();
  const changed = new Set<string>();
  let deployed = cloud;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const update = async () => {
    const files = [...changed];
    changed.clear();
    if (files.length === 0 || lifetime.signal.aborted) return;
    const start = performance.now();
    try {
      const { what, now } = await bring(files, deployed, { warm, sources }, options);
      deployed = now;
      if (what.length === 0) return;
      await onReload?.(what, deployed.deployment);
      print(`Reloaded ${what.join(', ')} after ${((performance.now() - start) / 1_000).toFixed(1)} s`);
    } catch (error) {
      // The next change includes these files.
      for (const file of files) changed.add(file);
      if (!lifetime.signal.aborted) print(reasonOf(error));
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
  const ready = new Promise<void>((resolve) => watcher.once('ready', resolve));
  running = running.then(() => warmUp(cloud, warm, lifetime.signal));
  lifetime.onEnd(async () => {
    clearTimeout(timer);
    await Promise.all([watcher.close(), warm.close(), sources.close()]);
  });
  await ready;
}

/** Builds each service once, so that the first change of a handler is as fast as the next ones. */
async function warmUp({ deployment }: Deployed, warm: WarmBundles, signal: AbortSignal): Promise<void> {
  for (const { service } of deployment.services) {
    if (signal.aborted) return;
    // A function may have stopped compiling meanwhile. The change is reported by itself.
    await warm.bundlesOf(service, new Set()).catch(() => {});
  }
}

/** What is kept in memory between two changes. */
interface Memory {
  readonly warm: WarmBundles;
  readonly sources: StackSources;
}

async function bring(
  files: readonly string[],
  deployed: Deployed,
  { warm, sources }: Memory,
  options: WatchOptions,
): Promise<{ what: readonly string[]; now: Deployed }> {
  if (!(await sources.hasSome(files))) {
    const services = servicesWith(files, deployed);
    const paths = new Set(files.map((file) => path.join(ROOT, file)));
    const changed = await Promise.all([...services].map((service) => warm.bundlesOf(service, paths)));
    const bundles = new Map(changed.flatMap((one) => [...one]));
    const what = await updateFunctions(deployed, bundles);
    return { what, now: { ...deployed, bundles: new Map([...deployed.bundles, ...bundles]) } };
  }
  const { stacks, ...now } = await updateStacks(deployed, options);
  return { what: stacks.map((stack) => `stack ${stack}`), now };
}

/** Returns the folders whose functions can contain one of the files: services share no code below `lambdas` but the runtime. */
function servicesWith(files: readonly string[], { deployment }: Deployed): ReadonlySet<string> {
  const folders = new Set(files.map((file) => file.split(path.sep)[1] ?? ''));
  return folders.has(RUNTIME) ? new Set([RUNTIME, ...deployment.services.map(({ service }) => service)]) : folders;
}

function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return `Not reloaded: ${error instanceof Failure ? message : failureReason(message.split('\n'))}`;
}
