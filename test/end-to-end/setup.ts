import { startCloud } from '../../local/cloud';
import { findFreePort, NoEmulator } from '../../local/emulator';
import { Failure } from '../../local/failure';
import { showProgress } from '../../local/progress';
import { ENDPOINT } from './deployed';
import { endToEndLifetime } from './lifetime';

/** Deploys everything to an emulator of its own, once for all files. */
export default async function setup(): Promise<void> {
  const lifetime = endToEndLifetime();
  try {
    console.error('');
    const { endpoint } = await startCloud({ port: await findFreePort(), progress: showProgress(), lifetime });
    process.env[ENDPOINT] = endpoint;
  } catch (error) {
    await lifetime.end();
    if (!(error instanceof NoEmulator) || process.env.CI) throw error instanceof Failure ? withoutStack(error) : error;
    console.error(`End-to-end tests are skipped. ${error.message}`);
  }
}

/** jest prints the stack of what is thrown here; a failure's message says it all. */
function withoutStack(failure: Failure): Failure {
  failure.stack = failure.message;
  return failure;
}
