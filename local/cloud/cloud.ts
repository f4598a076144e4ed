import type { Lifetime } from '../../cli/lifetime';
import type { Progress } from '../../cli/progress';
import { type Deployment, discover } from '../../deployed/discover';
import { announce, claim, cloudDirectory, GIVEN, LOCAL, removeOldClouds } from '../../deployed/local-clouds';
import { copyState, type KeptState } from '../emulator/copied-state';
import { requireSaved, startEmulator } from '../emulator/emulator';
import { createArchive } from './archive';
import { synthesise } from './assembly';
import { capConcurrency } from './concurrency';
import { bootstrap, deploy } from './deploy';
import { waitUntilHealthy } from './health';

export interface CloudOptions {
  readonly port: number;
  readonly progress: Progress;
  /** Stops all that was started when it ends. */
  readonly lifetime: Lifetime;
  /** Is told each line that the CDK prints. */
  readonly onLine?: (line: string) => void;
  /** An empty folder: the cloud can be resumed from it. Without it, all is gone at the end. */
  readonly state?: string;
}

/**
 * The whole application on this machine: an emulator with every stack deployed to it.
 *
 * @throws Failure at the first step that fails
 */
export async function startCloud({ port, progress, lifetime, onLine, state }: CloudOptions): Promise<Deployment> {
  const name = nameOf(port);
  const directory = cloudDirectory(name);
  await removeOldClouds();
  await claim(name);

  const settings = { directory, progress, onLine, lifetime };
  const start = async () => {
    const emulator = await startEmulator({ port, installations: LOCAL, directory, progress, lifetime, state });
    const cloud = { name, ...emulator, owner: process.pid, since: new Date().toISOString() };
    await announce({ ...cloud, ready: false }, lifetime);
    progress.doing('Bootstrapping the account');
    await bootstrap(emulator.endpoint, settings);
    return cloud;
  };
  progress.doing('Starting the emulator and synthesising the stacks');
  const [cloud, assembly] = await Promise.all([start(), synthesise(settings)]);
  await deploy(cloud.endpoint, assembly, settings);
  await createArchive(await discover(cloud.endpoint));
  progress.done('Created the archive');

  const deployment = await discover(cloud.endpoint);
  await capConcurrency(deployment);
  progress.doing('Waiting until every queue is read and checkout answers');
  await waitUntilHealthy(deployment, lifetime.signal);
  progress.done('Every queue is read and checkout answers');
  await announce({ ...cloud, ready: true }, lifetime);
  return deployment;
}

/**
 * Starts a cloud that has ended in an orderly way, with all that was deployed and stored.
 *
 * @throws Failure when something of it was not kept
 */
export async function resumeCloud(options: CloudOptions & { readonly state: string }): Promise<Deployment> {
  const { port, progress, lifetime, state } = options;
  const name = nameOf(port);
  const directory = cloudDirectory(name);
  await claim(name);
  await requireSaved({ directory });
  const emulator = await startEmulator({ port, installations: LOCAL, directory, progress, lifetime, state });
  const deployment = await discover(emulator.endpoint);
  await waitUntilHealthy(deployment, lifetime.signal);
  await announce({ name, ...emulator, owner: process.pid, since: new Date().toISOString(), ready: true }, lifetime);
  return deployment;
}

/**
 * Starts a cloud with all that was deployed to and stored in another one, which has ended in an orderly way: in a second or
 * two, where deploying takes ten.
 *
 * @throws Failure when something of it was not kept
 */
export async function copyCloud(
  original: KeptState,
  options: CloudOptions & { readonly state: string },
): Promise<Deployment> {
  await requireSaved({ directory: cloudDirectory(nameOf(original.port)) });
  await copyState(original, options);
  return resumeCloud(options);
}

function nameOf(port: number): string {
  return process.env.AWS_ENDPOINT_URL ? GIVEN : String(port);
}
