import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../cli/failure';
import type { Lifetime } from '../cli/lifetime';
import { isAlive } from '../cli/processes';

const execute = promisify(execFile);

/** A local cloud that a command of this checkout runs: how another command finds it. */
export interface LocalCloud {
  /** Its port, or {@link GIVEN}. */
  readonly name: string;
  readonly endpoint: string;
  /** The command that runs it. */
  readonly owner: number;
  /** The emulator's process, when it was started here. */
  readonly pid?: number;
  /** ISO 8601. */
  readonly since: string;
  /** Whether everything is deployed. */
  readonly ready: boolean;
}

const CLOUDS_KEPT = 3;

/** The name of a cloud whose emulator was not started here but named by `AWS_ENDPOINT_URL`. */
export const GIVEN = 'given';

/** Everything that the local cloud keeps: installations, and a folder for each port. Not under version control. */
export const LOCAL = path.resolve(__dirname, '..', '.local');

/** An emulator's log, its temporary files and what is deployed to it. */
export function cloudDirectory(name: string): string {
  return path.join(LOCAL, name);
}

/** Makes the cloud known until its owner ends. */
export async function announce(cloud: LocalCloud, lifetime: Lifetime): Promise<void> {
  await mkdir(cloudDirectory(cloud.name), { recursive: true });
  await writeFile(stateFile(cloud.name), JSON.stringify(cloud));
  lifetime.onEnd(() => rm(stateFile(cloud.name), { force: true }));
}

/** The clouds whose owners are running, and which are ready. */
export async function runningClouds(): Promise<LocalCloud[]> {
  const names = await readdir(LOCAL).catch(() => []);
  const clouds = await Promise.all(names.map(readState));
  return clouds.filter((cloud) => cloud !== undefined).filter((cloud) => cloud.ready && isAlive(cloud.owner));
}

/** Removes what clouds on other ports have left behind, but for the latest: their logs may still be wanted. */
export async function removeOldClouds(): Promise<void> {
  const names = (await readdir(LOCAL).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const ages = await Promise.all(
    names.map(async (name) => {
      const cloud = await readState(name);
      const alive = cloud !== undefined && isAlive(cloud.owner);
      return { name, alive, changed: (await stat(cloudDirectory(name))).mtimeMs };
    }),
  );
  const old = ages.filter(({ alive }) => !alive).sort((a, b) => b.changed - a.changed);
  await Promise.all(
    old.slice(CLOUDS_KEPT).map(({ name }) => rm(cloudDirectory(name), { recursive: true, force: true })),
  );
}

/**
 * Makes sure that no cloud of this checkout has the name: one whose owner was killed is cleaned up.
 *
 * @throws Failure when one is running there
 */
export async function claim(name: string): Promise<void> {
  const cloud = await readState(name);
  if (cloud === undefined) return;
  if (isAlive(cloud.owner)) {
    const since = new Date(cloud.since).toLocaleTimeString();
    throw new Failure(
      `A local cloud is running at ${cloud.endpoint} already (process ${cloud.owner}, since ${since}): ` +
        'use that one, stop it with Ctrl-C in its terminal, or start another with --port.',
    );
  }
  await stopLeftover(cloud.pid);
  await rm(stateFile(name), { force: true });
}

/** An emulator ends with its owner; this is for one that could not (Docker, or a machine that slept). */
async function stopLeftover(emulator: number | undefined): Promise<void> {
  if (emulator === undefined || !isAlive(emulator)) return;
  const process_ = await execute('ps', ['-o', 'command=', '-p', String(emulator)]).catch(() => undefined);
  // The id may belong to somebody else by now.
  if (process_?.stdout.includes('ministack')) process.kill(emulator, 'SIGTERM');
}

function stateFile(name: string): string {
  return path.join(cloudDirectory(name), 'cloud.json');
}

async function readState(name: string): Promise<LocalCloud | undefined> {
  const text = await readFile(stateFile(name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LocalCloud);
}
