import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Failure } from '../../cli/failure';
import type { Lifetime } from '../../cli/lifetime';
import { killGroupOnExit, stopGroup } from '../../cli/processes';
import { ROOT } from '../../cli/project';
import { failureReason } from './cdk-failure';

/** This project's own CDK CLI. Running it through npx would take half a second more. */
const CLI = path.join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

export interface CdkRun {
  readonly environment: NodeJS.ProcessEnv;
  /** The working directory. @default the project's root */
  readonly directory?: string;
  /** Called with each line that the CDK prints. */
  readonly onLine?: (line: string) => void;
  /** Stops the CDK when it ends. */
  readonly lifetime: Lifetime;
}

/** Runs a CDK command until it exits. @throws Failure with the first error that the CDK printed */
export async function cdk(
  args: readonly string[],
  { environment, directory, onLine, lifetime }: CdkRun,
): Promise<void> {
  lifetime.signal.throwIfAborted();
  const child = spawn(process.execPath, [CLI, ...args, '--no-notices', '--no-color'], {
    cwd: directory ?? ROOT,
    // The CDK must not send telemetry on behalf of users who were not asked.
    env: { ...environment, NO_COLOR: '1', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  killGroupOnExit(child);
  lifetime.onEnd(() => stopGroup(child, closed));
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      onLine?.(line);
    });
  }
  const code = await closed;
  lifetime.signal.throwIfAborted();
  if (code !== 0) throw new Failure(`cdk ${args[0]} failed: ${failureReason(lines)}`);
}
