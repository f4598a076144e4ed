import { inject } from 'vitest';

// The tests use a few functions of Jest's that Vitest has under this name.
globalThis.jest = globalThis.vi;
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// Modules are kept from one mutant to the next. A static mutant changes what a module computes when it is loaded, so its run begins
// with fresh modules, and the run after it too.
const isStatic = inject('mutantActivation') === 'static';
const mutant = inject('activeMutant');
const previous = globalThis.previousRun;
if (mutant !== previous?.mutant && (isStatic || previous?.isStatic)) {
  const modules = globalThis.__vitest_worker__.moduleCache;
  for (const name of [...modules.keys()])
    if (/\/(lambdas|contracts|test|sample|lib|ops|observe|console)\/.*\.ts$/.test(name)) modules.delete(name);
}
globalThis.previousRun = { isStatic, mutant };
