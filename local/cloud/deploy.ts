import { mkdir } from 'node:fs/promises';
import type { Lifetime } from '../../cli/lifetime';
import type { Progress } from '../../cli/progress';
import { emulatorEnvironment, LOCAL_ACCOUNT, LOCAL_REGION } from '../../deployed/environment';
import { cdk } from './cdk';

export interface DeployOptions {
  /** The cloud's folder. */
  readonly directory: string;
  readonly progress: Progress;
  /** Called with each line that the CDK prints. */
  readonly onLine?: (line: string) => void;
  readonly lifetime: Lifetime;
}

/** Stacks that are deployed at the same time. No service's stack depends on another's. */
const CONCURRENCY = '8';

/** Runs `cdk bootstrap` for the emulator's account. */
export async function bootstrap(endpoint: string, { directory, progress, ...options }: DeployOptions): Promise<void> {
  // In a folder without cdk.json, because the CDK would run the application there.
  await mkdir(directory, { recursive: true });
  const environment = emulatorEnvironment(endpoint);
  await cdk(['bootstrap', `aws://${LOCAL_ACCOUNT}/${LOCAL_REGION}`], { ...options, directory, environment });
  progress.done('Bootstrapped the account');
}

/**
 * Deploys stacks of an assembly.
 *
 * @param stacks their names. @default all
 * @throws Failure that names the stack, the resource and the reason
 */
export async function deploy(
  endpoint: string,
  assembly: string,
  options: DeployOptions,
  stacks?: readonly string[],
): Promise<void> {
  const { progress, onLine, lifetime } = options;
  const showStacks = stackProgress(progress);
  const which = stacks ? [...stacks, '--exclusively'] : ['--all'];
  const args = ['deploy', ...which, '--app', assembly, '--require-approval', 'never', '--progress', 'events'];
  // `direct` skips change sets, which are not reviewed here.
  await cdk([...args, '--method', 'direct', '--concurrency', CONCURRENCY], {
    environment: emulatorEnvironment(endpoint),
    lifetime,
    onLine: (line) => {
      showStacks(line);
      onLine?.(line);
    },
  });
}

/** Returns a listener for the CDK's output that reports each stack and the seconds that it took. */
function stackProgress(progress: Progress): (line: string) => void {
  const begun = new Map<string, number>();
  return (line) => {
    const [, starting] = /^(\S+)( \(\S+\))?: deploying\.\.\./.exec(line) ?? [];
    if (starting) begun.set(starting, performance.now());
    const [, finished] = /^\s*✅\s+(\S+)/.exec(line) ?? [];
    if (finished) {
      const seconds = (performance.now() - (begun.get(finished) ?? performance.now())) / 1_000;
      begun.delete(finished);
      progress.done(`Deployed ${finished} (${seconds.toFixed(1)} s)`);
    }
    if ((starting || finished) && begun.size > 0) progress.doing(`Deploying ${[...begun.keys()].join(', ')}`);
  };
}
