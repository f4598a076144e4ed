import base from '../../jest.config.js';

/** What people do with a copy of this repository, in copies. */
export default { ...base, roots: ['<rootDir>'], testMatch: ['**/*.fork.ts'], testTimeout: 600_000 };
