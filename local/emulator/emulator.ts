import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Failure } from '../../cli/failure';
import type { Lifetime } from '../../cli/lifetime';
import { ownGroup, stopGroup } from '../../cli/processes';
import type { Progress } from '../../cli/progress';
import { withoutAws } from '../../deployed/environment';
import { installMiniStack, MINISTACK_VERSION } from './install';
import { readStreamsAnew } from './persisted-streams';

const execute = promisify(execFile);

/** An AWS API on this machine. */
export interface Emulator {
  readonly endpoint: string;
  /** Its process, when it was started here; it is empty then. */
  readonly pid?: number;
}

export interface EmulatorOptions {
  readonly port: number;
  /** Where installations and what they compile are kept: shared by all local clouds of this checkout. */
  readonly installations: string;
  /** For this emulator's log and temporary files. */
  readonly directory: string;
  /** Where its state is kept over an orderly stop, and found at the next start. Without it, all is gone with its process. */
  readonly state?: string;
  readonly progress: Progress;
  /** Stops the emulator when it ends. */
  readonly lifetime: Lifetime;
}

/** How to run an emulator. */
interface Launch {
  readonly description: string;
  readonly command: string;
  readonly args: readonly string[];
}

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;
/** An image may have to be fetched first. */
const DOCKER_START_TIMEOUT_MS = 300_000;
/** It writes down all that it has, on a machine that may have other things to do. */
const SAVE_TIMEOUT_MS = 30_000;
const LOG_LINES_QUOTED = 8;

/** No emulator can be had on this machine. */
export class NoEmulator extends Failure {
  constructor(whyNoInstallation: string) {
    super(
      `No AWS emulator: ${whyNoInstallation}, and Docker does not answer. Do one of these and try again: ` +
        'set AWS_ENDPOINT_URL to a running emulator (MiniStack, LocalStack); put `ministack` on the PATH; ' +
        'install Python 3.10 or newer with its venv module; start Docker.',
    );
  }
}

/**
 * An emulator to deploy to. `AWS_ENDPOINT_URL` names one that runs already, and nothing is started. Otherwise starts
 * `ministack` from the PATH, from a private virtual environment, or from its Docker image: the first that can be had.
 *
 * @throws Failure when there is none, the port is taken, or it doesn't start
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const given = process.env.AWS_ENDPOINT_URL;
  if (given) return { endpoint: await checkGiven(given) };

  await refuseBusyPort(options.port);
  const launch = await findLaunch(options);
  await rm(temporary(options), { recursive: true, force: true });
  await mkdir(temporary(options), { recursive: true });
  if (options.state) await readStreamsAnew(options.state);
  return start(launch, options);
}

async function checkGiven(endpoint: string): Promise<string> {
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : '';
  if (host === '') throw new Failure(`AWS_ENDPOINT_URL is not a URL: ${endpoint}.`);
  // Stage local has no authorisation and dummy keys: on AWS it could only fail or do harm.
  if (/\.amazonaws\.com(\.cn)?$/.test(host)) {
    throw new Failure(`AWS_ENDPOINT_URL is AWS itself (${host}), not an emulator. To deploy there: npx cdk deploy.`);
  }
  await fetch(endpoint).catch(() => {
    throw new Failure(`Nothing answers at ${endpoint} (AWS_ENDPOINT_URL): start that emulator, or unset the variable.`);
  });
  return endpoint.replace(/\/+$/, '');
}

/** @throws Failure when something listens on the port already */
async function refuseBusyPort(port: number): Promise<void> {
  const refusal = await new Promise<string | undefined>((resolve) => {
    const server = net.createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: HOST, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  if (refusal === undefined) return;
  const why = refusal === 'EADDRINUSE' ? 'is in use by another program' : `cannot be opened (${refusal})`;
  throw new Failure(`Port ${port} ${why}: stop that program, or choose another port with --port.`);
}

/** A port that is free now. */
export async function findFreePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Failure('This machine has no free port.');
  return address.port;
}

async function findLaunch({ port, installations, progress, lifetime, state }: EmulatorOptions): Promise<Launch> {
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
  if (await execute('docker', ['info'], { timeout: 10_000 }).catch(() => undefined)) return dockerLaunch(port, state);
  throw new NoEmulator(installed.reason);
}

/** The port is the same inside and outside, since the emulator puts it into the addresses of queues. */
function dockerLaunch(port: number, state: string | undefined): Launch {
  const image = `ministackorg/ministack:${MINISTACK_VERSION}`;
  const settings = [`GATEWAY_PORT=${port}`, 'IOT_MTLS_ENABLED=0', 'SFTP_ENABLED=0'].flatMap((one) => ['-e', one]);
  const name = `event-broker-starter-${port}`;
  const volume = state ? ['-v', `${state}:/state`, '-e', 'STATE_DIR=/state', '-e', 'PERSIST_STATE=1'] : [];
  const args = [
    'run',
    '--rm',
    '--init',
    '--name',
    name,
    '-p',
    `${HOST}:${port}:${port}`,
    ...volume,
    ...settings,
    image,
  ];
  return { description: `MiniStack ${MINISTACK_VERSION} in Docker`, command: 'docker', args };
}

async function start(launch: Launch, options: EmulatorOptions): Promise<Emulator> {
  const { port, progress, lifetime } = options;
  const log = logFile(options);
  const output = openSync(log, 'w');
  // In a process group of its own: Ctrl-C must not reach it before what is using it has ended.
  const child = spawn(launch.command, launch.args, {
    env: emulatorSettings(options),
    stdio: ['pipe', output, output],
    detached: true,
  });
  closeSync(output);
  ownGroup(child);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  lifetime.onEnd(async () => {
    await stopGroup(child, ended, options.state ? SAVE_TIMEOUT_MS : undefined);
    await rm(temporary(options), { recursive: true, force: true });
  });

  const endpoint = `http://${HOST}:${port}`;
  const limit = launch.command === 'docker' ? DOCKER_START_TIMEOUT_MS : START_TIMEOUT_MS;
  const answers = waitUntilHealthy(endpoint, AbortSignal.any([lifetime.signal, AbortSignal.timeout(limit)]));
  if (!(await Promise.race([answers, ended.then(() => false)]))) {
    throw new Failure(
      `${launch.description} did not start on port ${port}. Its log (${log}) ends with:\n${await tail(log)}`,
    );
  }
  void ended.then(async () => {
    lifetime.fail(
      new Failure(`${launch.description} has stopped by itself. Its log (${log}) ends with:\n${await tail(log)}`),
    );
  });
  progress.done(`${launch.description} answers on ${endpoint}`);
  return { endpoint, pid: child.pid };
}

function emulatorSettings({ port, installations, directory, state }: EmulatorOptions): NodeJS.ProcessEnv {
  return {
    // Its functions inherit its environment: an AWS_ENDPOINT_URL in there would lead them elsewhere.
    ...withBytecode(withoutNode(withoutAws())),
    GATEWAY_PORT: String(port),
    BIND_HOST: HOST,
    // Parts that open ports of their own and that nothing here uses.
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    // Its functions' folders stay behind in the temporary directory: one of its own can be removed.
    TMPDIR: path.join(directory, 'tmp'),
    PYTHONPATH: path.join(__dirname, 'python'),
    EVENT_BROKER_END_WITH_STARTER: '1',
    EVENT_BROKER_COMPILED: path.join(installations, 'compiled'),
    ...(state && { PERSIST_STATE: '1', STATE_DIR: state }),
  };
}

/** Nor do functions on AWS have the Node settings of who deployed them. Another list of authorities costs each process 50 ms. */
function withoutNode({ NODE_OPTIONS: _options, NODE_EXTRA_CA_CERTS: _authorities, ...rest }: NodeJS.ProcessEnv) {
  return rest;
}

/** Each start would compile the emulator again, for 3 s of processor time. */
function withBytecode({ PYTHONDONTWRITEBYTECODE: _never, ...rest }: NodeJS.ProcessEnv) {
  return rest;
}

function temporary({ directory }: EmulatorOptions): string {
  return path.join(directory, 'tmp');
}

function logFile({ directory }: Pick<EmulatorOptions, 'directory'>): string {
  return path.join(directory, 'ministack.log');
}

/**
 * Makes sure that an emulator which was stopped has kept all that it had: of what it could not, it speaks in its log only.
 *
 * @throws Failure that quotes the log
 */
export async function requireSaved(options: Pick<EmulatorOptions, 'directory'>): Promise<void> {
  const complaint = /Persistence: (?:error getting state for|failed to save) (\w+): .*/g;
  const complaints = [...(await readFile(logFile(options), 'utf8').catch(() => '')).matchAll(complaint)];
  // It goes on writing to its functions' logs while it writes them down.
  const lost = complaints.find(([, service]) => service !== 'cloudwatch_logs');
  if (lost) throw new Failure(`The emulator has not kept all that it had. Its log says: ${lost[0]}`);
}

async function waitUntilHealthy(endpoint: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const answer = await fetch(`${endpoint}/_ministack/health`, { signal }).catch(() => undefined);
    if (answer?.ok) return true;
    await sleep(50);
  }
  return false;
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-LOG_LINES_QUOTED).join('\n');
}
