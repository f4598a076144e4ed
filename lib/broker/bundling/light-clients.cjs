const { existsSync } = require('node:fs');
const { basename, join, sep } = require('node:path');

/**
 * Returns a plugin of esbuild that gives the runtime the clients of `lambdas/runtime/aws/light` instead of the SDK's. They make the same
 * calls for less processor time. Handlers that import the SDK themselves get the SDK.
 *
 * @returns {import('esbuild').Plugin}
 */
module.exports = function lightClients() {
  return {
    name: 'light-clients',
    setup({ onResolve, initialOptions: { absWorkingDir } }) {
      const runtime = join(absWorkingDir, 'lambdas', 'runtime') + sep;
      onResolve({ filter: /^@aws-sdk\/client-|^\.\/bus-v2$/ }, ({ path, importer }) => {
        const light = join(runtime, 'aws', 'light', `${basename(path)}.ts`);
        return importer.startsWith(runtime) && existsSync(light) ? { path: light } : undefined;
      });
    },
  };
};
