const lightClients = require('./light-clients.cjs');
const unusedConstants = require('./unused-constants.cjs');

/** Returns esbuild's plugins of all bundles. @returns {import('esbuild').Plugin[]} */
module.exports = function plugins() {
  return [unusedConstants(), lightClients()];
};
