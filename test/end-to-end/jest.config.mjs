import base from '../../jest.config.js';

/** Tests of the core on a local cloud with the fixture services. */
export default {
  ...base,
  roots: ['<rootDir>'],
  globalSetup: '<rootDir>/setup.ts',
  globalTeardown: '<rootDir>/teardown.ts',
  // Tests wait for conditions and name the one that fails. This timeout is only for tests that hang.
  testTimeout: 600_000,
};
