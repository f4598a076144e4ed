import { endToEndLifetime } from '../../../test/end-to-end/lifetime';
import { endLending } from './clouds';
import { checkPermissions } from './permissions';
import { type JestConfig, runsAllFiles } from './setup';

export default async function teardown(config: JestConfig): Promise<void> {
  try {
    await checkPermissions(runsAllFiles(config));
  } finally {
    await endToEndLifetime().end();
    await endLending();
  }
}
