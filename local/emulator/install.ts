import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../cli/failure';
import { isAlive } from '../../cli/processes';
import type { Progress } from '../../cli/progress';

const execute = promisify(execFile);

/** The version that the local cloud is tested with. Change it here and in python/requirements.txt. */
export const MINISTACK_VERSION = '1.5.33';

const REQUIREMENTS = path.join(__dirname, 'python', 'requirements.txt');

/** Newest first. MiniStack needs Python 3.10. `python3` and `python` may be any version, so they come last. */
const PYTHONS = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3', 'python'];

const PIP = ['-m', 'pip', '--disable-pip-version-check', '--no-input'];

const INSTALL_TIMEOUT_MS = 300_000;

export interface InstallOptions {
  /** The folder in which the virtual environment is created. */
  readonly directory: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export type Installation = { readonly python: string } | { readonly reason: string };

/**
 * Installs MiniStack into a private virtual environment, unless it is already installed. Changes no other Python.
 *
 * @returns the environment's Python, or the reason why there is none
 */
export async function installMiniStack(options: InstallOptions): Promise<Installation> {
  // Changed requirements need a new installation, changed comments do not.
  const pinned = (await readFile(REQUIREMENTS, 'utf8')).split('\n').filter((line) => line && !line.startsWith('#'));
  const requirements = createHash('sha256').update(pinned.join('\n'));
  const name = `ministack-${MINISTACK_VERSION}-${requirements.digest('hex').slice(0, 8)}`;
  const home = path.join(options.directory, name);
  if ((await installedVersion(home)) === MINISTACK_VERSION) return { python: pythonOf(home) };
  await removeLeftovers(options.directory);

  const python = await findPython();
  if (python === undefined) return { reason: 'no Python 3.10 or newer is on the PATH' };
  options.progress.doing(`Installing MiniStack ${MINISTACK_VERSION} with ${python.command} ${python.version}`);
  try {
    await installInto(home, python.command, options);
  } catch (error) {
    return { reason: `installing MiniStack with ${python.command} failed: ${lastLine(error)}` };
  }
  options.progress.done(`Installed MiniStack ${MINISTACK_VERSION} with Python ${python.version} in ${home}`);
  return { python: pythonOf(home) };
}

/**
 * Installs into a temporary folder and renames it when complete: an interrupted installation is never used, and two
 * simultaneous installations do not interfere.
 */
async function installInto(home: string, python: string, { directory, signal }: InstallOptions): Promise<void> {
  const partial = `${home}.partial-${process.pid}`;
  const options = { signal, timeout: INSTALL_TIMEOUT_MS, env: pipEnvironment() };
  const requirements = ['install', '--quiet', '--no-compile', '-r', REQUIREMENTS];
  await mkdir(directory, { recursive: true });
  try {
    if (await canInstallElsewhere(python)) {
      await execute(python, ['-m', 'venv', '--without-pip', partial], options);
      await execute(python, [...PIP, '--python', pythonOf(partial), ...requirements], options);
    } else {
      await execute(python, ['-m', 'venv', partial], options);
      await execute(pythonOf(partial), [...PIP, ...requirements], options);
    }
    const version = await installedVersion(partial);
    if (version !== MINISTACK_VERSION) throw new Error(`pip installed version ${version ?? 'none'}`);
    await rm(home, { recursive: true, force: true });
    await rename(partial, home);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process may have finished the same installation.
    if ((await installedVersion(home)) !== MINISTACK_VERSION) throw error;
  }
}

/** Returns whether pip supports `--python` (22.3). Otherwise the environment needs its own pip, which takes 5 s longer. */
async function canInstallElsewhere(python: string): Promise<boolean> {
  const answer = await execute(python, ['-m', 'pip', '--version']).catch(() => undefined);
  const [, major = 0, minor = 0] = /^pip (\d+)\.(\d+)/.exec(answer?.stdout ?? '') ?? [];
  return Number(major) > 22 || (Number(major) === 22 && Number(minor) >= 3);
}

/** Some pip settings of users, for example `--user`, fail in a virtual environment. */
function pipEnvironment(): NodeJS.ProcessEnv {
  const {
    PYTHONHOME: _home,
    PYTHONPATH: _path,
    PIP_TARGET: _target,
    PIP_PREFIX: _prefix,
    ...environment
  } = process.env;
  return { ...environment, PIP_USER: '0' };
}

/** A virtual environment works after a move if its Python is called, not its scripts. */
function pythonOf(home: string): string {
  return path.join(home, 'bin', 'python');
}

/** Runs the installation: its files may exist although the Python that created it was removed. */
async function installedVersion(home: string): Promise<string | undefined> {
  if (!existsSync(pythonOf(home))) return undefined;
  const question = 'import importlib.metadata as m; print(m.version("ministack"))';
  const answer = await execute(pythonOf(home), ['-c', question]).catch(() => undefined);
  return answer?.stdout.trim();
}

async function findPython(): Promise<{ command: string; version: string } | undefined> {
  for (const command of PYTHONS) {
    // Fails for missing commands and for the placeholders of version managers.
    const version = await execute(command, ['--version']).catch(() => undefined);
    const found = version && pythonVersion(version.stdout);
    if (found && (await canMakeEnvironments(command))) return { command, version: found };
  }
  return undefined;
}

/** Some Linux distributions have these modules in a separate package (`python3-venv`). */
async function canMakeEnvironments(command: string): Promise<boolean> {
  return execute(command, ['-c', 'import venv, ensurepip']).then(
    () => true,
    () => false,
  );
}

/** Parses the answer to `python --version`. @returns undefined for Python 3.9 and older */
export function pythonVersion(answer: string): string | undefined {
  const [, version, major, minor] = /^Python ((\d+)\.(\d+)\S*)/.exec(answer.trim()) ?? [];
  const newEnough = Number(major) === 3 && Number(minor) >= 10;
  return newEnough ? version : undefined;
}

/** Removes the folders of interrupted installations. */
async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const partial = names.filter((name) => /\.partial-\d+$/.test(name) && !isAlive(Number(name.split('-').at(-1))));
  await Promise.all(partial.map((name) => rm(path.join(directory, name), { recursive: true, force: true })));
}

/** pip prints the reason in its last line that starts with ERROR. */
function lastLine(error: unknown): string {
  const output = (error as { stderr?: string }).stderr ?? '';
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? messageOf(error)).trim();
}
