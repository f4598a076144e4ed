/** @type {import('@stryker-mutator/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.mjs', related: false },
  coverageAnalysis: 'perTest',
  // One more process takes as long, because each of them runs all tests once before the first mutant.
  concurrency: 1,
  timeoutMS: 10_000,
  disableTypeChecks: false,
  ignorePatterns: ['/.local', '/cdk.out'],
  tempDirName: '.local/mutation',
  reporters: ['progress-append-only'],
  // Tries again only mutants whose code or tests have changed.
  incremental: true,
  incrementalFile: process.env.MUTATION_REPORT,
};
