import path from 'node:path';
import type { Progress } from '../../cli/progress';
import { type Installation, installPython } from './python-environment';

/** The version that the local cloud is tested with. Change it here and in python/requirements.txt. */
export const MINISTACK_VERSION = '1.5.33';

export interface InstallOptions {
  /** The folder in which the virtual environment is created. */
  readonly directory: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Installs MiniStack into a private virtual environment, unless it is already installed.
 *
 * @returns the environment's Python, or the reason why there is none
 */
export function installMiniStack(options: InstallOptions): Promise<Installation> {
  return installPython({
    ...options,
    title: 'MiniStack',
    package: 'ministack',
    version: MINISTACK_VERSION,
    requirements: path.join(__dirname, 'python', 'requirements.txt'),
  });
}
