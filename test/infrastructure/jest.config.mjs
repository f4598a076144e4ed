import base from '../../jest.config.js';

// The set-up checks the templates of all stages. Checking a test's own templates would take 5 s for each test file.
process.env.CDK_VALIDATION = 'false';

export default { ...base, roots: ['<rootDir>'], globalSetup: '<rootDir>/setup.ts' };
