import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Failure } from '../../cli/failure';
import type { Lifetime } from '../../cli/lifetime';
import { ownGroup, stopGroup } from '../../cli/processes';

export const ROOT = path.resolve(__dirname, '..', '..');

/** The CLI of this project, run without npx, which costs half a second. */
const CLI = path.join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

const LINES_QUOTED = 12;

export interface CdkRun {
  readonly environment: NodeJS.ProcessEnv;
  /** Where to run; the project by default. */
  readonly directory?: string;
  /** Is told each line as it comes. */
  readonly onLine?: (line: string) => void;
  /** Ends the command when it ends. */
  readonly lifetime: Lifetime;
}

/** Runs a CDK command to its end. @throws Failure with the reason when it fails */
export async function cdk(
  args: readonly string[],
  { environment, directory, onLine, lifetime }: CdkRun,
): Promise<void> {
  lifetime.signal.throwIfAborted();
  const child = spawn(process.execPath, [CLI, ...args, '--no-notices', '--no-color'], {
    cwd: directory ?? ROOT,
    // Nobody who starts a local cloud has been asked whether the CDK may report on that.
    env: { ...environment, NO_COLOR: '1', CDK_DISABLE_CLI_TELEMETRY: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  ownGroup(child);
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

/** What went wrong first, from what the CLI printed: the stack, the resource and its reason; or the first error. */
export function failureReason(lines: readonly string[]): string {
  const failed = lines.findIndex((line) => line.includes('❌'));
  if (failed === -1) {
    const error = lines.findIndex((line) => /error/i.test(line));
    const quoted = error === -1 ? lines.slice(-LINES_QUOTED) : lines.slice(error, error + LINES_QUOTED);
    return `it printed\n${quoted.join('\n')}`;
  }
  const stack = /❌\s+(\S+)/.exec(lines[failed] ?? '')?.[1];
  const rest = lines.slice(failed + 1);
  const end = rest.findIndex((line) => line.trim() === '' || line.startsWith('Source Location'));
  const reason = rest.slice(0, end === -1 ? rest.length : end).map((line) => line.replace(/^‣ /, '').trim());
  return `stack ${stack}: ${reason.join(' ')}`;
}
