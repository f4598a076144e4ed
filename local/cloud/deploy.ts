import { mkdir } from 'node:fs/promises';
import type { Lifetime } from '../../cli/lifetime';
import type { Progress } from '../../cli/progress';
import { ACCOUNT, emulatorEnvironment, REGION } from '../../deployed/environment';
import { cdk } from './cdk';

export interface DeployOptions {
  /** The cloud's own. */
  readonly directory: string;
  readonly progress: Progress;
  /** Is told each line that the CDK prints. */
  readonly onLine?: (line: string) => void;
  readonly lifetime: Lifetime;
}

/** Stacks at the same time: one service's stack waits for no other's. */
const CONCURRENCY = '8';

/** Prepares the emulator's account for the CDK. */
export async function bootstrap(endpoint: string, { directory, progress, ...options }: DeployOptions): Promise<void> {
  // In a folder without cdk.json, or the CLI would run the application to learn about its environments.
  await mkdir(directory, { recursive: true });
  const environment = emulatorEnvironment(endpoint);
  await cdk(['bootstrap', `aws://${ACCOUNT}/${REGION}`], { ...options, directory, environment });
  progress.done('Bootstrapped the account');
}

/** Deploys every stack of the assembly. @throws Failure that names the stack, the resource and the reason */
export async function deploy(endpoint: string, assembly: string, options: DeployOptions): Promise<void> {
  const { progress, onLine, lifetime } = options;
  const environment = emulatorEnvironment(endpoint);
  const show = stackProgress(progress);
  const args = ['deploy', '--all', '--app', assembly, '--require-approval', 'never', '--progress', 'events'];
  // Without a change set, at which nobody would look.
  await cdk([...args, '--method', 'direct', '--concurrency', CONCURRENCY], {
    environment,
    lifetime,
    onLine: (line) => {
      show(line);
      onLine?.(line);
    },
  });
}

/** Says which stacks are being deployed, and how long each took. */
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
