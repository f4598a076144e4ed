import base from '../../jest.config.js';

/** One local cloud for all files: they run one after the other. */
export default {
  ...base,
  roots: ['<rootDir>'],
  globalSetup: '<rootDir>/setup.ts',
  globalTeardown: '<rootDir>/teardown.ts',
  maxWorkers: 1,
  // Tests wait for conditions, and say which one did not come true: this is only for what hangs altogether.
  testTimeout: 120_000,
};
