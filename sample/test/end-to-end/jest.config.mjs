import base from '../../../jest.config.js';

/** Files run side by side, each on a local cloud of its own: what one does to a service is not seen by another. */
export default {
  ...base,
  roots: ['<rootDir>'],
  globalSetup: '<rootDir>/setup.ts',
  globalTeardown: '<rootDir>/teardown.ts',
  // More than a small machine's cores: each of them waits at times. With 3, two cores were half idle in the last minute.
  maxWorkers: 4,
  testSequencer: '<rootDir>/longest-first.js',
  // Tests wait for conditions, and say which one did not come true: this is only for what hangs altogether.
  testTimeout: 600_000,
};
