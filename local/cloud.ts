import { createArchive } from './archive';
import { announce, claim, cloudDirectory, GIVEN, LOCAL } from './clouds';
import { bootstrap, deploy, synthesise } from './deploy';
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
  await claim(name);
  const emulator = await startEmulator({ port, installations: LOCAL, directory, progress, lifetime });
  const cloud = {
    name,
    endpoint: emulator.endpoint,
    owner: process.pid,
    emulator: emulator.pid,
    since: new Date().toISOString(),
  };
  await announce({ ...cloud, ready: false }, lifetime);

  const settings = { directory, progress, onLine, signal: lifetime.signal };
  progress.doing('Synthesising the stacks');
  const [assembly] = await Promise.all([synthesise(settings), bootstrap(emulator.endpoint, settings)]);
  await deploy(emulator.endpoint, assembly, settings);
  await createArchive(await discover(emulator.endpoint));
  progress.done('Created the archive');

  const deployment = await discover(emulator.endpoint);
  progress.doing('Waiting until every queue is read and checkout answers');
  await waitUntilHealthy(deployment, lifetime.signal);
  progress.done('Every queue is read and checkout answers');
  await announce({ ...cloud, ready: true }, lifetime);
  return deployment;
}
