import { endToEndLifetime } from '../../../test/end-to-end/lifetime';
import { stageUnderTest } from '../../../test/stage/stage';
import { endLending } from './clouds';
import { checkPermissions } from './permissions';
import { type JestConfig, runsAllFiles } from './setup';

export default async function teardown(config: JestConfig): Promise<void> {
  try {
    // Only the emulator records each decision.
    if (stageUnderTest() === undefined) await checkPermissions(runsAllFiles(config));
  } finally {
    await endToEndLifetime().end();
    await endLending();
  }
}
