import base from '../../jest.config.js';

// The set-up has the stages' templates checked. Those of a test's own would take 5 s more for each file that makes some.
process.env.CDK_VALIDATION = 'false';

export default { ...base, roots: ['<rootDir>'], globalSetup: '<rootDir>/setup.ts' };
