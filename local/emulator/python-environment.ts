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

/** Newest first. The packages need Python 3.10. `python3` and `python` may be any version, so they come last. */
const PYTHONS = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3', 'python'];

const PIP = ['-m', 'pip', '--disable-pip-version-check', '--no-input'];

const INSTALL_TIMEOUT_MS = 300_000;

export interface EnvironmentOptions {
  /** What is installed, in messages. */
  readonly title: string;
  /** The package that must be present afterwards, and its version. */
  readonly package: string;
  readonly version: string;
  /** A file of pip's requirements, all pinned. */
  readonly requirements: string;
  /** The folder in which the virtual environment is created. */
  readonly directory: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export type Installation = { readonly python: string } | { readonly reason: string };

/**
 * Installs packages into a private virtual environment, unless they are already installed. Changes no other Python.
 *
 * @returns the environment's Python, or the reason why there is none
 */
export async function installPython(options: EnvironmentOptions): Promise<Installation> {
  const { title, version, directory, progress } = options;
  // Changed requirements need a new installation, changed comments do not.
  const lines = (await readFile(options.requirements, 'utf8')).split('\n');
  const pinned = lines.filter((line) => line && !line.startsWith('#'));
  const requirements = createHash('sha256').update(pinned.join('\n'));
  const home = path.join(directory, `${options.package}-${version}-${requirements.digest('hex').slice(0, 8)}`);
  if ((await installedVersion(home, options)) === version) return { python: pythonOf(home) };
  await removeLeftovers(directory);

  const python = await findPython();
  if (python === undefined) return { reason: 'no Python 3.10 or newer is on the PATH' };
  progress.doing(`Installing ${title} ${version} with ${python.command} ${python.version}`);
  try {
    await installInto(home, python.command, options);
  } catch (error) {
    return { reason: `installing ${title} with ${python.command} failed: ${lastLine(error)}` };
  }
  progress.done(`Installed ${title} ${version} with Python ${python.version} in ${home}`);
  return { python: pythonOf(home) };
}

/**
 * Installs into a temporary folder and renames it when complete: an interrupted installation is never used, and two
 * simultaneous installations do not interfere.
 */
async function installInto(home: string, python: string, options: EnvironmentOptions): Promise<void> {
  const { directory, signal } = options;
  const partial = `${home}.partial-${process.pid}`;
  const settings = { signal, timeout: INSTALL_TIMEOUT_MS, env: pipEnvironment() };
  const requirements = ['install', '--quiet', '--no-compile', '-r', options.requirements];
  await mkdir(directory, { recursive: true });
  try {
    if (await canInstallElsewhere(python)) {
      await execute(python, ['-m', 'venv', '--without-pip', partial], settings);
      await execute(python, [...PIP, '--python', pythonOf(partial), ...requirements], settings);
    } else {
      await execute(python, ['-m', 'venv', partial], settings);
      await execute(pythonOf(partial), [...PIP, ...requirements], settings);
    }
    const version = await installedVersion(partial, options);
    if (version !== options.version) throw new Error(`pip installed version ${version ?? 'none'}`);
    await rename(partial, home).catch(async (error) => {
      // Another process may have finished the same installation, and be running it.
      if ((await installedVersion(home, options)) === options.version) throw error;
      await rm(home, { recursive: true, force: true });
      await rename(partial, home);
    });
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if ((await installedVersion(home, options)) !== options.version) throw error;
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
async function installedVersion(home: string, options: EnvironmentOptions): Promise<string | undefined> {
  if (!existsSync(pythonOf(home))) return undefined;
  const question = `import importlib.metadata as m; print(m.version("${options.package}"))`;
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
