import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Lifetime } from '../../../cli/lifetime';
import { noProgress, type Progress } from '../../../cli/progress';
import type { Deployment } from '../../../deployed/discover';
import { copyCloud, startCloud } from '../../../local/cloud/cloud';
import type { SavedState } from '../../../local/emulator/copied-state';
import { findFreePort } from '../../../local/emulator/port';

/** The environment variable that passes the folder of the deployed state from the setup to the workers. */
const ORIGINAL = 'END_TO_END_ORIGINAL';

/** Deploys everything to an emulator, saves its state and stops it. Copies start from that state in about 2 s. */
export async function deployOriginal(progress: Progress, outer: Lifetime): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'event-broker-clouds-'));
  outer.onEnd(() => rm(folder, { recursive: true, force: true }));
  const lifetime = new Lifetime();
  outer.onEnd(() => lifetime.end());
  const original: SavedState = { port: await findFreePort(), state: path.join(folder, 'original') };
  await startCloud({ ...original, lifetime, progress });
  await lifetime.end();
  process.env[ORIGINAL] = JSON.stringify(original);
}

/** A cloud whose port and state outlive its process. */
export interface Copy extends SavedState {
  readonly deployment: Deployment;
}

/** Starts a cloud from the saved state. */
export async function startCopy(lifetime: Lifetime, onPort?: number): Promise<Copy> {
  const original = JSON.parse(process.env[ORIGINAL] ?? '') as SavedState;
  const port = onPort ?? (await findFreePort());
  const copy: SavedState = { port, state: path.join(path.dirname(original.state), String(port)) };
  return { ...copy, deployment: await copyCloud(original, { ...copy, lifetime, progress: noProgress }) };
}

/** The folder with one folder for each copy, named by its port. */
export function copiesFolder(): string {
  return path.dirname((JSON.parse(process.env[ORIGINAL] ?? '') as SavedState).state);
}
