/** One local cloud for all files: they run one after the other. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/*.test.ts'],
  globalSetup: '<rootDir>/setup.ts',
  globalTeardown: '<rootDir>/teardown.ts',
  maxWorkers: 1,
  // Tests wait for conditions, and say which one did not come true: this is only for what hangs altogether.
  testTimeout: 120_000,
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
};
