import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../cli/failure';
import { killGroupOnExit, stopGroup } from '../../cli/processes';
import { withoutAws } from '../../deployed/environment';
import { decisionsFile } from './decisions';
import { errorFile } from './error-file';
import { ADAPTATIONS, findLaunch, type Launch, type LaunchOptions } from './launch';
import { resetStreamPositions } from './persisted-streams';
import { HOST, requireFreePort } from './port';
import { usageFile } from './usage';

/** An emulator that was started here. */
export interface Emulator {
  readonly endpoint: string;
  readonly pid?: number;
}

export interface EmulatorOptions extends LaunchOptions {
  /** Checks permissions as AWS does: signatures, roles of functions, and policies of resources. @default true */
  readonly iam?: boolean;
  /** Records what the system uses, for {@link readUsage}. @default false */
  readonly usage?: boolean;
  /** Continues the record of decisions. @default a new record */
  readonly resumes?: boolean;
  /** The folder for this emulator's log and temporary files. */
  readonly directory: string;
  /** The function whose first process opens Node's inspector. */
  readonly inspect?: Inspected;
}

export interface Inspected {
  /** `inventory.reserve-stock` */
  readonly name: string;
  readonly port: number;
}

/** Only for an emulator that hangs: one that exits is noticed at once, and a busy machine starts four at once in half a minute. */
const START_TIMEOUT_MS = 120_000;
/** Includes downloading the image. */
const DOCKER_START_TIMEOUT_MS = 300_000;
/** Saving the state may be slow on a busy machine. */
const SAVE_TIMEOUT_MS = 120_000;
const POLL_MS = 50;
const LOG_LINES_QUOTED = 8;

/** Starts MiniStack on a port. @throws Failure when there is no emulator, the port is in use, or it does not start */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  await requireFreePort(options.port);
  const launch = await findLaunch(options);
  await rm(temporary(options), { recursive: true, force: true });
  await rm(errorFile(options.directory), { force: true });
  await rm(usageFile(options.directory), { force: true });
  if (!options.resumes) await rm(decisionsFile(options.directory), { force: true });
  await mkdir(temporary(options), { recursive: true });
  if (options.state) await resetStreamPositions(options.state);
  return start(launch, options);
}

async function start(launch: Launch, options: EmulatorOptions): Promise<Emulator> {
  const { port, progress, lifetime } = options;
  const log = logFile(options);
  const output = openSync(log, 'w');
  // Its own process group: Ctrl-C must not reach the emulator before the commands that use it have ended.
  const child = spawn(launch.command, launch.args, {
    env: emulatorSettings(options),
    stdio: ['pipe', output, output],
    detached: true,
  });
  closeSync(output);
  killGroupOnExit(child);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  lifetime.onEnd(async () => {
    await stopGroup(child, exited, options.state ? SAVE_TIMEOUT_MS : undefined);
    await rm(temporary(options), { recursive: true, force: true });
  });

  const endpoint = `http://${HOST}:${port}`;
  const limit = launch.command === 'docker' ? DOCKER_START_TIMEOUT_MS : START_TIMEOUT_MS;
  const healthy = isHealthy(endpoint, AbortSignal.any([lifetime.signal, AbortSignal.timeout(limit)]));
  if (!(await Promise.race([healthy, exited.then(() => false)]))) {
    throw new Failure(
      `${launch.description} did not start on port ${port}. Its log (${log}) ends with:\n${await tail(log)}`,
    );
  }
  void exited.then(async () => {
    lifetime.fail(
      new Failure(`${launch.description} has stopped unexpectedly. Its log (${log}) ends with:\n${await tail(log)}`),
    );
  });
  progress.done(`${launch.description} answers on ${endpoint}${await describePermissions(endpoint, options)}`);
  return { endpoint, pid: child.pid };
}

/** The Docker image and other versions from the PATH lack what permissions.py changes. */
async function describePermissions(endpoint: string, { iam = true }: EmulatorOptions): Promise<string> {
  const answer = await fetch(`${endpoint}/_ministack/health`);
  const { auth } = (await answer.json()) as { readonly auth?: string };
  if (auth === 'enabled') return ' and checks permissions';
  return iam ? ', but cannot check permissions' : ' and checks no permissions';
}

function emulatorSettings({
  port,
  installations,
  directory,
  state,
  inspect,
  usage,
  iam = true,
}: EmulatorOptions): NodeJS.ProcessEnv {
  return {
    // Functions inherit this environment: an AWS_ENDPOINT_URL in it would send their calls elsewhere.
    ...withBytecode(withoutNode(withoutAws())),
    GATEWAY_PORT: String(port),
    BIND_HOST: HOST,
    // These parts open other ports and are not used here.
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    // The emulator leaves the folders of its functions in the temporary directory. This one is removed.
    TMPDIR: temporary({ directory }),
    PYTHONPATH: ADAPTATIONS,
    EVENT_BROKER_END_WITH_STARTER: '1',
    EVENT_BROKER_COMPILED: path.join(installations, 'compiled'),
    EVENT_BROKER_ERRORS: errorFile(directory),
    ...(inspect && { EVENT_BROKER_INSPECT: `${inspect.name}:${inspect.port}` }),
    ...(iam && { EVENT_BROKER_DECISIONS: decisionsFile(directory) }),
    ...(usage && { EVENT_BROKER_USAGE: usageFile(directory) }),
    ...(state && { PERSIST_STATE: '1', STATE_DIR: state }),
  };
}

/** Functions on AWS do not have the developer's Node settings either. Another certificate bundle costs each process 50 ms. */
function withoutNode({ NODE_OPTIONS: _options, NODE_EXTRA_CA_CERTS: _authorities, ...rest }: NodeJS.ProcessEnv) {
  return rest;
}

/** Without bytecode files, each start compiles the emulator again, which takes 3 s of processor time. */
function withBytecode({ PYTHONDONTWRITEBYTECODE: _never, ...rest }: NodeJS.ProcessEnv) {
  return rest;
}

function temporary({ directory }: Pick<EmulatorOptions, 'directory'>): string {
  return path.join(directory, 'tmp');
}

function logFile({ directory }: Pick<EmulatorOptions, 'directory'>): string {
  return path.join(directory, 'ministack.log');
}

/**
 * Checks that a stopped emulator has saved all of its state. It writes failures to save only to its log.
 *
 * @throws Failure that quotes the log
 */
export async function requireSaved(options: Pick<EmulatorOptions, 'directory'>): Promise<void> {
  const complaint = /Persistence: (?:error getting state for|failed to save) (\w+): .*/g;
  const complaints = [...(await readFile(logFile(options), 'utf8').catch(() => '')).matchAll(complaint)];
  // Functions write logs while the emulator saves them, and these logs are not needed later.
  const lost = complaints.find(([, service]) => service !== 'cloudwatch_logs');
  if (lost) throw new Failure(`The emulator has not saved all of its state. Its log says: ${lost[0]}`);
}

async function isHealthy(endpoint: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const answer = await fetch(`${endpoint}/_ministack/health`, { signal }).catch(() => undefined);
    if (answer?.ok) return true;
    await sleep(POLL_MS);
  }
  return false;
}

async function tail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-LOG_LINES_QUOTED).join('\n');
}
