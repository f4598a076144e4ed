import base from '../../../jest.config.js';

/** Files run in parallel, each on its own local cloud, so that they do not affect each other. */
export default {
  ...base,
  roots: ['<rootDir>'],
  globalSetup: '<rootDir>/setup.ts',
  globalTeardown: '<rootDir>/teardown.ts',
  // More than the cores of a small machine, because files often wait. With 3, two cores were half idle in the last minute.
  maxWorkers: 4,
  testSequencer: '<rootDir>/longest-first.js',
  // Tests wait for conditions and name the one that fails. This timeout is only for tests that hang.
  testTimeout: 600_000,
};
