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

/** The version that the local cloud was tested with. Change it here and in python/requirements.txt. */
export const MINISTACK_VERSION = '1.5.33';

const REQUIREMENTS = path.join(__dirname, 'python', 'requirements.txt');

/** Newest first: MiniStack needs 3.10. `python3` last, since it may be any of them, or an older one. */
const PYTHONS = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3', 'python'];

const PIP = ['-m', 'pip', '--disable-pip-version-check', '--no-input'];

const INSTALL_TIMEOUT_MS = 300_000;

/** What an installation needs from around it, and what a test may replace. */
export interface InstallOptions {
  /** Where the installation is kept. */
  readonly directory: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export type Installation = { readonly python: string } | { readonly reason: string };

/**
 * MiniStack in a private virtual environment: the one that is there, or a new one. No other Python is touched.
 *
 * @returns the environment's Python, or why there is none
 */
export async function installMiniStack(options: InstallOptions): Promise<Installation> {
  // Another list of requirements is another installation.
  const requirements = createHash('sha256').update(await readFile(REQUIREMENTS));
  const name = `ministack-${MINISTACK_VERSION}-${requirements.digest('hex').slice(0, 8)}`;
  const home = path.join(options.directory, name);
  if ((await installedVersion(home)) === MINISTACK_VERSION) return { python: pythonOf(home) };
  await removeLeftovers(options.directory);

  const python = await findPython();
  if (python === undefined) return { reason: 'there is no Python 3.10 or newer on the PATH' };
  options.progress.doing(`Installing MiniStack ${MINISTACK_VERSION} with ${python.command} ${python.version}`);
  try {
    await installInto(home, python.command, options);
  } catch (error) {
    return { reason: `installing it with ${python.command} failed: ${lastLine(error)}` };
  }
  options.progress.done(`Installed MiniStack ${MINISTACK_VERSION} with Python ${python.version} (kept in ${home})`);
  return { python: pythonOf(home) };
}

/**
 * Installs beside the final place and moves it there when it is whole: an interrupted installation is never taken for
 * one, and two at the same time don't disturb each other.
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
    // Another process may have been faster with the same thing.
    if ((await installedVersion(home)) !== MINISTACK_VERSION) throw error;
  }
}

/** Whether it has a pip that knows `--python` (22.3): an environment with a pip of its own takes 5 s longer. */
async function canInstallElsewhere(python: string): Promise<boolean> {
  const answer = await execute(python, ['-m', 'pip', '--version']).catch(() => undefined);
  const [, major = 0, minor = 0] = /^pip (\d+)\.(\d+)/.exec(answer?.stdout ?? '') ?? [];
  return Number(major) > 22 || (Number(major) === 22 && Number(minor) >= 3);
}

/** A user's pip settings may ask for what a virtual environment refuses. */
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

/** A virtual environment may be moved as long as it is entered through its Python, not through its scripts. */
function pythonOf(home: string): string {
  return path.join(home, 'bin', 'python');
}

/** Asks the installation itself: its files may be there while the Python it was made with is gone. */
async function installedVersion(home: string): Promise<string | undefined> {
  if (!existsSync(pythonOf(home))) return undefined;
  const question = 'import importlib.metadata as m; print(m.version("ministack"))';
  const answer = await execute(pythonOf(home), ['-c', question]).catch(() => undefined);
  return answer?.stdout.trim();
}

async function findPython(): Promise<{ command: string; version: string } | undefined> {
  for (const command of PYTHONS) {
    // Fails for a command that isn't there, and for a version manager's placeholder.
    const version = await execute(command, ['--version']).catch(() => undefined);
    const found = version && pythonVersion(version.stdout);
    if (found && (await canMakeEnvironments(command))) return { command, version: found };
  }
  return undefined;
}

/** Some Linux distributions put these modules in a package of their own (`python3-venv`). */
async function canMakeEnvironments(command: string): Promise<boolean> {
  return execute(command, ['-c', 'import venv, ensurepip']).then(
    () => true,
    () => false,
  );
}

/** The version in the answer to `python --version`, if it is new enough. */
export function pythonVersion(answer: string): string | undefined {
  const [, version, major, minor] = /^Python ((\d+)\.(\d+)\S*)/.exec(answer.trim()) ?? [];
  const newEnough = Number(major) === 3 && Number(minor) >= 10;
  return newEnough ? version : undefined;
}

/** What installations that were interrupted have left. */
async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const partial = names.filter((name) => /\.partial-\d+$/.test(name) && !isAlive(Number(name.split('-').at(-1))));
  await Promise.all(partial.map((name) => rm(path.join(directory, name), { recursive: true, force: true })));
}

/** pip says what went wrong in its last line that starts with ERROR. */
function lastLine(error: unknown): string {
  const output = (error as { stderr?: string }).stderr ?? '';
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? messageOf(error)).trim();
}
