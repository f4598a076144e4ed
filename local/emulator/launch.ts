import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../../cli/failure';
import type { Lifetime } from '../../cli/lifetime';
import type { Progress } from '../../cli/progress';
import { installMiniStack, MINISTACK_VERSION } from './install';
import { HOST } from './port';

const execute = promisify(execFile);

export interface LaunchOptions {
  readonly port: number;
  /** The folder for installations and caches, shared by all local clouds of this checkout. */
  readonly installations: string;
  /** The folder in which the state is saved at an orderly stop and found at the next start. @default not saved */
  readonly state?: string;
  readonly progress: Progress;
  /** Stops the emulator when it ends. */
  readonly lifetime: Lifetime;
}

/** A way to run an emulator. */
export interface Launch {
  readonly description: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** The folder whose `sitecustomize.py` adapts the emulator. */
export const ADAPTATIONS = path.join(__dirname, 'python');

const DOCKER_TIMEOUT_MS = 10_000;

/** This machine has no means to run an emulator. */
export class NoEmulator extends Failure {
  constructor(reason: string) {
    super(
      `No AWS emulator: ${reason}, and Docker does not answer. Do one of these and try again: ` +
        'set AWS_ENDPOINT_URL to a running emulator (MiniStack, LocalStack); put `ministack` on the PATH; ' +
        'install Python 3.10 or newer with its venv module; start Docker.',
    );
  }
}

/**
 * Finds MiniStack: on the PATH, else in its virtual environment, which is created if necessary, else as a Docker image.
 *
 * @throws NoEmulator
 */
export async function findLaunch({ port, installations, state, progress, lifetime }: LaunchOptions): Promise<Launch> {
  const onPath = await execute('sh', ['-c', 'command -v ministack']).catch(() => undefined);
  if (onPath) return { description: `MiniStack from the PATH`, command: onPath.stdout.trim(), args: [] };

  const installed = await installMiniStack({ directory: installations, progress, signal: lifetime.signal });
  if ('python' in installed) {
    return {
      description: `MiniStack ${MINISTACK_VERSION}`,
      command: installed.python,
      args: ['-m', 'ministack'],
    };
  }
  const docker = await execute('docker', ['info'], { timeout: DOCKER_TIMEOUT_MS }).catch(() => undefined);
  if (docker) return dockerLaunch(port, state);
  throw new NoEmulator(installed.reason);
}

/** The port is the same inside and outside of the container, because the URLs of queues and APIs contain it. */
function dockerLaunch(port: number, state: string | undefined): Launch {
  const image = `ministackorg/ministack:${MINISTACK_VERSION}`;
  const settings = [`GATEWAY_PORT=${port}`, 'IOT_MTLS_ENABLED=0', 'SFTP_ENABLED=0'].flatMap((one) => ['-e', one]);
  const volume = state ? ['-v', `${state}:/state`, '-e', 'STATE_DIR=/state', '-e', 'PERSIST_STATE=1'] : [];
  const adaptations = ['-v', `${ADAPTATIONS}:/adaptations:ro`, '-e', 'PYTHONPATH=/adaptations'];
  const name = ['--name', `event-broker-starter-${port}`];
  const ports = ['-p', `${HOST}:${port}:${port}`];
  const args = ['run', '--rm', '--init', ...name, ...ports, ...volume, ...adaptations, ...settings, image];
  return { description: `MiniStack ${MINISTACK_VERSION} in Docker`, command: 'docker', args };
}
