import base from '../infrastructure/jest.config.mjs';

/** Checks the app against other implementations of AWS's services. */
export default {
  ...base,
  roots: ['<rootDir>'],
  globalSetup: '<rootDir>/setup.ts',
  testTimeout: 120_000,
};
