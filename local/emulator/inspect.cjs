const inspector = require('node:inspector');

/**
 * Opens the inspector in the processes of one function, so that a debugger can attach. The first process gets the port; others of
 * the same function run without.
 *
 * @param {string} name `inventory.reserve-stock`
 * @param {number} port
 * @returns {boolean} whether this process runs that function
 */
module.exports = function inspect(name, port) {
  // The names of lambdas/runtime/aws/settings.ts.
  if (`${process.env.SERVICE}.${process.env.FUNCTION}` !== name) return false;
  inspector.open(port, '127.0.0.1');
  return true;
};
