import base from '../../jest.config.js';

/** Tests of what people do with a copy of this repository. Each runs in a copy. */
export default { ...base, roots: ['<rootDir>'], testMatch: ['**/*.fork.ts'], testTimeout: 1_200_000 };
