// The layers of the code. Folders that a fork keeps never import folders that it replaces, and there are no circular imports.
const KEEP = '^(lib/broker|lambdas/runtime|contracts/core|cli|deployed|observe|local|ops|console|bench|test)/';
const REPLACE = '^(bin|lib/services|lambdas/(?!runtime/)[^/]+|sample)/|^contracts/[^/]+\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-without-sample',
      comment: 'The core is what a fork keeps. Load what it needs of the project by convention or by the extension.',
      severity: 'error',
      from: { path: KEEP },
      to: { path: REPLACE },
    },
    {
      name: 'services-apart',
      comment: 'Services talk by contracts. Publish an event instead.',
      severity: 'error',
      from: { path: '^lambdas/(?!runtime/)([^/]+)/' },
      to: { path: '^(lambdas/(?!runtime/)|lib/|sample/)', pathNot: '^lambdas/$1/' },
    },
    {
      name: 'stacks-apart',
      comment: 'Each stack deploys alone: it imports its own service, contracts and lib/broker.',
      severity: 'error',
      from: { path: '^lib/services/([^/]+)-stack\\.ts$' },
      to: { path: '^(lambdas/(?!runtime/)|lib/services/|sample/)', pathNot: '^lambdas/$1/' },
    },
    {
      name: 'functions-without-tools',
      comment: 'Code that runs on Lambda imports nothing of the tools around it.',
      severity: 'error',
      from: { path: '^lambdas/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(bin|cli|deployed|observe|lib|local|ops|console|test)/' },
    },
    {
      name: 'operators-without-emulator',
      comment: 'Operators find a deployed system by its manifests, on AWS as well as locally.',
      severity: 'error',
      from: { path: '^(ops|deployed|observe|console)/' },
      to: { path: '^local/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Its parser cannot read TSX. The app in the browser imports console/api.ts alone, and its own tsconfig has no Node types.
    exclude: { path: '^(node_modules|console/app|cdk\\.out|\\.local|cli/strip-sample/template)/' },
    tsPreCompilationDeps: true,
    parser: 'swc',
  },
};
