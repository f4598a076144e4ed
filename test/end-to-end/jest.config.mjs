import base from '../../jest.config.js';

/** Files run side by side, each on a local cloud of its own: what one does to a service is not seen by another. */
export default {
  ...base,
  roots: ['<rootDir>'],
  globalSetup: '<rootDir>/setup.ts',
  globalTeardown: '<rootDir>/teardown.ts',
  // They mostly wait.
  maxWorkers: 3,
  testSequencer: '<rootDir>/longest-first.js',
  // Tests wait for conditions, and say which one did not come true: this is only for what hangs altogether.
  testTimeout: 600_000,
};
