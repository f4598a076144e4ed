/**
 * Loads a function's bundle as Lambda does at a cold start, and exits: `node load-bundle.cjs <folder> <handler>`.
 * The handler is not called. Prints the error as JSON.
 */
const path = require('node:path');

const [folder, handler] = process.argv.slice(2);
const [file, name] = handler.split('.');
try {
  const loaded = require(path.join(folder, file));
  if (typeof loaded[name] !== 'function') throw new Error(`it exports no function "${name}"`);
  process.exit(0);
} catch (error) {
  const { message = String(error), stack = '' } = error ?? {};
  // A large write to a pipe may be cut by process.exit().
  process.stdout.write(JSON.stringify({ message, stack }), () => process.exit(1));
}
