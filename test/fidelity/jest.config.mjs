import base from '../infrastructure/jest.config.mjs';

/** Second opinions on what is deployed: other implementations of AWS's services decide instead of the project's own tests. */
export default {
  ...base,
  roots: ['<rootDir>'],
  globalSetup: '<rootDir>/setup.ts',
  testTimeout: 120_000,
};
