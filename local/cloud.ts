import { createArchive } from './archive';
import { synthesise } from './assembly';
import { announce, claim, cloudDirectory, GIVEN, LOCAL, removeOldClouds } from './clouds';
import { capConcurrency } from './concurrency';
import { bootstrap, deploy } from './deploy';
import { type Deployment, discover } from './discover';
import { startEmulator } from './emulator';
import { waitUntilHealthy } from './health';
import type { Lifetime } from './lifetime';
import type { Progress } from './progress';

export interface CloudOptions {
  readonly port: number;
  readonly progress: Progress;
  /** Stops all that was started when it ends. */
  readonly lifetime: Lifetime;
  /** Is told each line that the CDK prints. */
  readonly onLine?: (line: string) => void;
}

/**
 * The whole application on this machine: an emulator with every stack deployed to it.
 *
 * @throws Failure at the first step that fails
 */
export async function startCloud({ port, progress, lifetime, onLine }: CloudOptions): Promise<Deployment> {
  const name = process.env.AWS_ENDPOINT_URL ? GIVEN : String(port);
  const directory = cloudDirectory(name);
  await removeOldClouds();
  await claim(name);

  const settings = { directory, progress, onLine, lifetime };
  const start = async () => {
    const emulator = await startEmulator({ port, installations: LOCAL, directory, progress, lifetime });
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
