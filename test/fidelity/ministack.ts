import type { Lifetime } from '../../cli/lifetime';
import { noProgress } from '../../cli/progress';
import { cloudDirectory, LOCAL_DIRECTORY } from '../../deployed/local-clouds';
import { startEmulator } from '../../local/emulator/emulator';
import { NoEmulator } from '../../local/emulator/launch';
import { findFreePort } from '../../local/emulator/port';

/**
 * Starts the emulator of the local cloud, without permissions, and stops it when the lifetime ends.
 *
 * @returns its endpoint; undefined when it cannot be installed, unless CI is set
 */
export async function startMiniStack(lifetime: Lifetime): Promise<string | undefined> {
  const port = await findFreePort();
  const options = { port, directory: cloudDirectory(port), installations: LOCAL_DIRECTORY, progress: noProgress };
  try {
    return (await startEmulator({ ...options, lifetime, iam: false })).endpoint;
  } catch (error) {
    if (!(error instanceof NoEmulator) || process.env.CI) throw error;
    console.error(`Skipped: nothing is compared with the emulator, because it is missing. ${error.message}`);
    return undefined;
  }
}
