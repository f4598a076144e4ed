import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Failure, messageOf } from '../cli/failure';
import type { Lifetime } from '../cli/lifetime';
import { isAlive } from '../cli/processes';
import { ROOT } from '../cli/project';

const execute = promisify(execFile);

/** A local cloud of this checkout. Stored as JSON, so that other commands find it. */
export interface LocalCloud {
  readonly port: number;
  readonly endpoint: string;
  /** The process of the command that started the cloud and stops it. */
  readonly owner: number;
  /** The emulator's process. */
  readonly emulator?: number;
  /** ISO 8601. */
  readonly since: string;
  /** Whether everything is deployed. */
  readonly ready: boolean;
}

const CLOUDS_KEPT = 3;

/** The folder for installations, caches and one folder per local cloud. Not under version control. */
export const LOCAL_DIRECTORY = path.join(ROOT, '.local');

/** Returns the folder of an emulator's log and temporary files. */
export function cloudDirectory(name: number | string): string {
  return path.join(LOCAL_DIRECTORY, String(name));
}

/** Creates the folder for local clouds. @throws Failure when the folder is not writable */
export async function prepareLocalDirectory(directory = LOCAL_DIRECTORY): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Failure(`${directory} is not writable, but the local cloud keeps its files there: ${messageOf(error)}.`);
  }
}

/** Publishes the state of a cloud to the other commands of this checkout, until the lifetime ends. */
export async function publishState(cloud: LocalCloud, lifetime: Lifetime): Promise<void> {
  await mkdir(cloudDirectory(cloud.port), { recursive: true });
  await writeFile(stateFile(cloud.port), JSON.stringify(cloud));
  lifetime.onEnd(() => rm(stateFile(cloud.port), { force: true }));
}

/** Returns the clouds of this checkout that are ready and whose owners are running. */
export async function runningClouds(): Promise<LocalCloud[]> {
  const names = await readdir(LOCAL_DIRECTORY).catch(() => []);
  const clouds = await Promise.all(names.map(readState));
  return clouds.filter((cloud) => cloud !== undefined).filter((cloud) => cloud.ready && isAlive(cloud.owner));
}

/** Removes the folders of stopped clouds, except the newest {@link CLOUDS_KEPT}, whose logs may still be needed. */
export async function removeOldClouds(): Promise<void> {
  const names = (await readdir(LOCAL_DIRECTORY).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const ages = await Promise.all(
    names.map(async (name) => {
      const cloud = await readState(name);
      const alive = cloud !== undefined && isAlive(cloud.owner);
      return { name, alive, changed: await changeOf(cloudDirectory(name)) };
    }),
  );
  const old = ages.filter(({ alive }) => !alive).sort((a, b) => b.changed - a.changed);
  await Promise.all(
    old.slice(CLOUDS_KEPT).map(({ name }) => rm(cloudDirectory(name), { recursive: true, force: true })),
  );
}

/** Returns when a folder was changed, in milliseconds since 1970. Now, if another process has just renamed or removed it. */
export async function changeOf(folder: string): Promise<number> {
  return stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
}

/**
 * Checks that this checkout runs no cloud on the port. Removes the remains of a cloud whose owner was killed.
 *
 * @throws Failure when a cloud is running
 */
export async function requireNoCloud(port: number): Promise<void> {
  const cloud = await readState(port);
  if (cloud === undefined) return;
  if (isAlive(cloud.owner)) {
    const since = new Date(cloud.since).toLocaleTimeString();
    throw new Failure(
      `A local cloud of this checkout is already running at ${cloud.endpoint} (process ${cloud.owner}, since ${since}): ` +
        'use it, stop it with Ctrl-C in its terminal, or start another one with --port.',
    );
  }
  await stopLeftover(cloud.emulator);
  await rm(stateFile(port), { force: true });
}

/** Stops an emulator that has outlived its owner, which is possible with Docker and after a machine has slept. */
async function stopLeftover(emulator: number | undefined): Promise<void> {
  if (emulator === undefined || !isAlive(emulator)) return;
  const process_ = await execute('ps', ['-o', 'command=', '-p', String(emulator)]).catch(() => undefined);
  // Another process may have the id by now.
  if (process_?.stdout.includes('ministack')) process.kill(emulator, 'SIGTERM');
}

function stateFile(name: number | string): string {
  return path.join(cloudDirectory(name), 'cloud.json');
}

async function readState(name: number | string): Promise<LocalCloud | undefined> {
  const text = await readFile(stateFile(name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LocalCloud);
}
