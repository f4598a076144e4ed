// The layers of docs/ARCHITECTURE: what is marked "keep" never imports what is marked "replace".
const CORE = '^(lib/broker|lambdas/runtime|contracts/core|cli|deployed|local|ops|console|bench|test)/';
const SAMPLE = '^(lib/services|lambdas/(?!runtime/)[^/]+|sample|contracts/[^/]+\\.ts)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'core-without-sample', severity: 'error', from: { path: CORE }, to: { path: SAMPLE } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    exclude: { path: 'node_modules' },
  },
};
