import { Failure } from '../../cli/failure';
import { showProgress } from '../../cli/progress';
import { startCloud } from '../../local/cloud/cloud';
import { NoEmulator } from '../../local/emulator/launch';
import { findFreePort } from '../../local/emulator/port';
import { synthesiseFixture } from '../fixture/synthesis';
import { publishEndpoint } from './cloud';
import { endToEndLifetime } from './lifetime';

/** Deploys the fixture services to their own emulator. */
export default async function setup(): Promise<void> {
  const lifetime = endToEndLifetime();
  try {
    console.error('');
    const assembly = await synthesiseFixture('local');
    const port = await findFreePort();
    publishEndpoint((await startCloud({ port, lifetime, assembly, progress: showProgress() })).endpoint);
  } catch (error) {
    await lifetime.end();
    if (error instanceof NoEmulator && !process.env.CI) {
      console.error(`End-to-end tests are skipped. ${error.message}`);
      return;
    }
    // jest prints the stack; a failure's message is enough.
    if (error instanceof Failure) error.stack = error.message;
    throw error;
  }
}
