import base from './jest.config.mjs';

/** What only the emulator can do: docs/testing.md gives the reasons. */
const EMULATOR_ONLY = ['callbacks', 'controller', 'faults', 'payments'];

/** The same tests against a deployed stage: `npm run test:stage`. */
export default {
  ...base,
  setupFiles: ['../../../test/stage/sign-requests.ts'],
  testPathIgnorePatterns: EMULATOR_ONLY.map((name) => `/${name}\\.test\\.ts$`),
};
