import { rm } from 'node:fs/promises';
import type { Lifetime } from '../../cli/lifetime';
import type { Progress } from '../../cli/progress';
import { requireEmulator } from '../../deployed/aws-endpoint';
import { type Deployment, discoverLocal, NothingDeployed } from '../../deployed/discover';
import {
  cloudDirectory,
  LOCAL_DIRECTORY,
  prepareLocalDirectory,
  publishState,
  removeOldClouds,
  requireNoCloud,
} from '../../deployed/local-clouds';
import { copyState, type SavedState } from '../emulator/copied-state';
import { decisionsFile } from '../emulator/decisions';
import { type Inspected, requireSaved, startEmulator } from '../emulator/emulator';
import { publishHolder } from '../emulator/port-holder';
import { createArchive } from './archive';
import { synthesise } from './assembly';
import { capConcurrency } from './concurrency';
import { bootstrap, deploy } from './deploy';
import { waitUntilHealthy } from './health';
import { doorOf, type HttpDoor, openDoor } from './http-door';
import { requireLoadableFunctions } from './loadable-functions';
import { requireServices } from './required-services';

export interface CloudOptions {
  readonly port: number;
  readonly progress: Progress;
  /** Stops the cloud when it ends. */
  readonly lifetime: Lifetime;
  /** Called with each line that the CDK prints. */
  readonly onLine?: (line: string) => void;
  /** Checks permissions as AWS does, in an emulator that is started here. @default true */
  readonly iam?: boolean;
  /** The folder of the cloud assembly to deploy. @default the app's, synthesised when its sources have changed */
  readonly assembly?: string;
  /** An empty folder for the emulator's state, from which the cloud can be resumed. @default the state is not kept */
  readonly state?: string;
  /** The function whose first process opens Node's inspector. @default none */
  readonly inspect?: Inspected;
  /** The URL of an HTTP door that takes the place of API Gateway. @default a door only where the emulator lacks API Gateway */
  readonly door?: string;
  /** Records what the system uses, in an emulator that is started here. @default false */
  readonly usage?: boolean;
  /** Seconds for which messages wait for a full batch, at most. @default a second */
  readonly longestWindow?: number;
}

/** A deployed application on this machine. */
export interface Cloud extends Deployment {
  readonly endpoint: string;
  /** Whether the emulator was started here and ends with this command. False for the emulator of `AWS_ENDPOINT_URL`. */
  readonly isOwn: boolean;
  /** The folder of the emulator's log and of the CDK's files. */
  readonly directory: string;
  /** The folder of the deployed cloud assembly. */
  readonly assembly: string;
  /** The HTTP door, when this command has opened it. */
  readonly door?: HttpDoor;
}

/** The folder name of an emulator that was not started here. */
const FOREIGN = 'given';

/**
 * Deploys the whole application to an emulator: the one that `AWS_ENDPOINT_URL` names, else a new one on the port.
 *
 * @throws Failure at the first step that fails
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { progress, lifetime, onLine, longestWindow } = options;
  await prepareLocalDirectory();
  const emulator = await chooseEmulator(options);
  const settings = { directory: emulator.directory, progress, onLine, lifetime, door: emulator.door, longestWindow };
  const start = async () => {
    const running = await emulator.start();
    progress.doing('Bootstrapping the account');
    await bootstrap(running.endpoint, settings);
    return running;
  };
  const prepare = async () => {
    const assembly = options.assembly ?? (await synthesise(settings));
    await requireLoadableFunctions(assembly, lifetime.signal);
    return assembly;
  };
  progress.doing('Starting the emulator and synthesising the stacks');
  const [{ endpoint, publishReady }, assembly] = await Promise.all([start(), prepare()]);
  await deploy(endpoint, assembly, settings);
  await createArchive(await discoverLocal(endpoint));
  progress.done('Created the archive');

  const deployment = await discoverLocal(endpoint);
  await capConcurrency(deployment);
  const door = emulator.door ? await openDoorOnce(emulator.door, deployment, options) : undefined;
  progress.doing('Waiting until every queue has its consumer and every API answers');
  await waitUntilHealthy(deployment, lifetime.signal);
  progress.done('Every queue has its consumer and every API answers');
  await publishReady();
  return { ...deployment, endpoint, isOwn: emulator.isOwn, directory: emulator.directory, assembly, door };
}

/**
 * Starts a cloud again that was stopped in an orderly way, with everything that was deployed and stored.
 *
 * @throws Failure when the emulator did not save all of its state
 */
export async function resumeCloud(options: CloudOptions & { readonly state: string }): Promise<Deployment> {
  await requireNoCloud(options.port);
  const emulator = ownEmulator(options, true);
  await requireSaved(emulator);
  const { endpoint, publishReady } = await emulator.start();
  const deployment = await discoverLocal(endpoint);
  await waitUntilHealthy(deployment, options.lifetime.signal);
  await publishReady();
  return deployment;
}

/**
 * Starts a cloud with everything that was deployed to and stored in another cloud, which was stopped in an orderly way. Takes
 * one to two seconds, where a deployment takes ten.
 *
 * @throws Failure when the emulator did not save all of its state
 */
export async function copyCloud(
  original: SavedState,
  options: CloudOptions & { readonly state: string },
): Promise<Deployment> {
  await requireSaved({ directory: cloudDirectory(original.port) });
  await copyState(original, options);
  await rm(decisionsFile(cloudDirectory(options.port)), { force: true });
  return resumeCloud(options);
}

/** Opens the HTTP door, unless another command holds it open. */
async function openDoorOnce(
  url: string,
  deployment: Deployment,
  { progress, lifetime }: CloudOptions,
): Promise<HttpDoor | undefined> {
  const isOpen = await fetch(url).then(
    () => true,
    () => false,
  );
  if (isOpen) return undefined;
  const door = await openDoor(url, deployment, lifetime);
  progress.done(`Opened the HTTP door ${url} in the place of API Gateway`);
  return door;
}

/** An emulator that is not started yet. */
interface EmulatorChoice {
  readonly isOwn: boolean;
  /** The URL of the HTTP door. @default it has API Gateway */
  readonly door?: string;
  readonly directory: string;
  start(): Promise<RunningEmulator>;
}

interface RunningEmulator {
  readonly endpoint: string;
  /** Lets the other commands of this checkout find the cloud. */
  publishReady(): Promise<void>;
}

async function chooseEmulator(options: CloudOptions): Promise<EmulatorChoice> {
  const given = process.env.AWS_ENDPOINT_URL;
  if (given) {
    const running = { endpoint: await requireEmulator(given), publishReady: async () => {} };
    const { hasApiGateway } = await requireServices(running.endpoint);
    const door =
      options.door ?? (await deployedDoor(running.endpoint)) ?? (hasApiGateway ? undefined : doorBeside(given));
    return { isOwn: false, directory: cloudDirectory(FOREIGN), door, start: async () => running };
  }
  await removeOldClouds();
  await requireNoCloud(options.port);
  return ownEmulator(options);
}

/** The door's port follows the emulator's, after the console's. */
const DOOR_OFFSET = 12;

function doorBeside(endpoint: string): string {
  return `http://127.0.0.1:${Number(new URL(endpoint).port || 80) + DOOR_OFFSET}`;
}

/** Returns the URL of the door of an earlier deployment; undefined when there is none. */
async function deployedDoor(endpoint: string): Promise<string | undefined> {
  try {
    return doorOf(await discoverLocal(endpoint));
  } catch (error) {
    if (error instanceof NothingDeployed) return undefined;
    throw error;
  }
}

function ownEmulator(
  { port, progress, lifetime, state, iam, inspect, usage, door }: CloudOptions,
  resumes = false,
): EmulatorChoice {
  const directory = cloudDirectory(port);
  const start = async () => {
    const installations = LOCAL_DIRECTORY;
    const settings = { port, installations, directory, progress, lifetime, state, iam, inspect, usage, resumes };
    const { endpoint, pid } = await startEmulator(settings);
    const cloud = { port, endpoint, emulator: pid, owner: process.pid, since: new Date().toISOString() };
    await Promise.all([publishState({ ...cloud, ready: false }, lifetime), publishHolder(endpoint)]);
    return { endpoint, publishReady: () => publishState({ ...cloud, ready: true }, lifetime) };
  };
  return { isOwn: true, directory, door, start };
}
