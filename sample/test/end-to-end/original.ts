import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Lifetime } from '../../../cli/lifetime';
import { noProgress, type Progress } from '../../../cli/progress';
import type { Deployment } from '../../../deployed/discover';
import { copyCloud, startCloud } from '../../../local/cloud/cloud';
import type { SavedState } from '../../../local/emulator/copied-state';
import { findFreePort } from '../../../local/emulator/port';

/** The environment variable by which the set-up tells the processes that run test files where the original is. */
const ORIGINAL = 'END_TO_END_ORIGINAL';

/** Deploys everything to an emulator and stops it: a copy of it starts in a second or two, as often as one likes. */
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

/** A cloud of which the port and the state outlive its lifetime. */
export interface Copy extends SavedState {
  readonly deployment: Deployment;
}

/** Starts a cloud that is as it was deployed. */
export async function startCopy(lifetime: Lifetime, onPort?: number): Promise<Copy> {
  const original = JSON.parse(process.env[ORIGINAL] ?? '') as SavedState;
  const port = onPort ?? (await findFreePort());
  const copy: SavedState = { port, state: path.join(path.dirname(original.state), String(port)) };
  return { ...copy, deployment: await copyCloud(original, { ...copy, lifetime, progress: noProgress }) };
}
