import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Failure } from './failure';

export const ROOT = path.resolve(__dirname, '..');

/** The CLI of this project, run without npx, which costs half a second. */
const CLI = path.join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

const LINES_QUOTED = 12;

export interface CdkRun {
  readonly environment: NodeJS.ProcessEnv;
  /** Where to run; the project by default. */
  readonly directory?: string;
  /** Is told each line as it comes. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Runs a CDK command to its end. @throws Failure with the reason when it fails */
export async function cdk(args: readonly string[], { environment, directory, onLine, signal }: CdkRun): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...args, '--no-notices', '--no-color'], {
    cwd: directory ?? ROOT,
    env: { ...environment, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      onLine?.(line);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Failure(`cdk ${args[0]} failed: ${failureReason(lines)}`);
}

/** What went wrong first, from what the CLI printed: the stack, the resource and its reason, or the last lines. */
export function failureReason(lines: readonly string[]): string {
  const failed = lines.findIndex((line) => line.includes('❌'));
  if (failed === -1) return `it printed\n${lines.slice(-LINES_QUOTED).join('\n')}`;
  const stack = /❌\s+(\S+)/.exec(lines[failed] ?? '')?.[1];
  const rest = lines.slice(failed + 1);
  const end = rest.findIndex((line) => line.trim() === '' || line.startsWith('Source Location'));
  const reason = rest.slice(0, end === -1 ? rest.length : end).map((line) => line.replace(/^‣ /, '').trim());
  return `stack ${stack}: ${reason.join(' ')}`;
}
