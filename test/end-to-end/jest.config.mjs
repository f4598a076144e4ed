import base from '../../jest.config.js';

/** The core on a local cloud, with the fixture services deployed. */
export default {
  ...base,
  roots: ['<rootDir>'],
  globalSetup: '<rootDir>/setup.ts',
  globalTeardown: '<rootDir>/teardown.ts',
  // Tests wait for conditions and name the one that did not become true. This is only for a test that hangs altogether.
  testTimeout: 120_000,
};
