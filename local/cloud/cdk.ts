import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
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
export function cdk(args: readonly string[], options: CdkRun): Promise<void> {
  // The CDK must not send telemetry on behalf of users who were not asked.
  const environment = { ...options.environment, CDK_DISABLE_CLI_TELEMETRY: 'true' };
  const command = [process.execPath, CLI, ...args, '--no-notices', '--no-color'] as const;
  return runChild(command, `cdk ${args[0]}`, { ...options, environment });
}

/**
 * Runs the app, which writes its cloud assembly into a folder. The same as `cdk synth`, without the start of the CDK's CLI.
 *
 * @param context added to the context of `cdk.json`
 * @throws Failure with the first error that the app printed
 */
export async function runApp(
  folder: string,
  context: Readonly<Record<string, string>>,
  options: CdkRun,
): Promise<void> {
  const { app, context: flags } = JSON.parse(await readFile(path.join(ROOT, 'cdk.json'), 'utf8')) as CdkJson;
  const environment = {
    ...options.environment,
    CDK_CONTEXT_JSON: JSON.stringify({ ...flags, ...METADATA, ...context }),
    CDK_OUTDIR: folder,
  };
  await runChild(['/bin/sh', '-c', app], 'cdk synth', { ...options, environment });
}

/** The CLI sets these. The local cloud finds the code of functions by the metadata. */
const METADATA = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };

interface CdkJson {
  readonly app: string;
  readonly context?: object;
}

async function runChild(
  [command, ...args]: readonly [string, ...string[]],
  title: string,
  { environment, directory, onLine, lifetime }: CdkRun,
): Promise<void> {
  lifetime.signal.throwIfAborted();
  const child = spawn(command, args, {
    cwd: directory ?? ROOT,
    env: { ...environment, NO_COLOR: '1' },
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
  if (code !== 0) throw new Failure(`${title} failed: ${failureReason(lines)}`);
}
