import { statSync } from 'node:fs';
import { BaseSequencer } from 'vitest/node';

/** Runs small test files first: they are fast, and the first failure ends the run of a mutant. */
class SmallFirst extends BaseSequencer {
  async sort(specifications) {
    const size = ({ moduleId }) => statSync(moduleId).size;
    return [...specifications].sort((one, other) => size(one) - size(other));
  }
}

/** Adds a failed test to each file that cannot be loaded, because Stryker counts failed tests only. */
const filesThatFail = {
  onFinished(files = []) {
    for (const file of files.filter(({ tasks, result }) => tasks.length === 0 && result?.state === 'fail'))
      file.tasks.push({ type: 'test', name: 'loads', mode: 'run', file, result: file.result });
  },
};

// Vitest runs the tests in one process that keeps its modules. Jest loads them again for each file, which takes ten times as long for
// each mutant.
export default {
  test: {
    globals: true,
    isolate: false,
    pool: 'threads',
    poolOptions: { threads: { singleThread: true, isolate: false } },
    reporters: [filesThatFail],
    sequence: { sequencer: SmallFirst },
    include: [process.env.MUTATION_TESTS],
    setupFiles: ['test/mutation/setup.mjs'],
    // A mutant can make a test hang. Stryker would start Vitest again, which takes longer.
    testTimeout: 5_000,
  },
};
