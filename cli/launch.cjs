/**
 * Runs a command that is written in TypeScript: `node cli/launch.cjs local/start.ts [options]`.
 *
 * Plain JavaScript with the syntax of any Node, because it must run where that command cannot: with a Node that is too old,
 * or before the dependencies are installed.
 */
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const { engines } = require('../package.json');
const required = /\d+\.\d+/.exec(engines.node)[0];

if (isOlder(process.versions.node, required)) {
  fail(`Node ${process.versions.node} is too old: install Node ${required} or newer.`);
}
if (!fs.existsSync(path.join(root, 'node_modules', 'tsx'))) {
  fail('The dependencies are not installed: run "npm ci" first.');
}

process.argv.splice(1, 1);
process.argv[1] = path.resolve(root, process.argv[1]);
// Registers the loaders for require() and for import(). A package can be missing if package.json changed after the installation.
import('tsx').then(() => require(process.argv[1])).catch(exitIfNotInstalled);

function isOlder(version, minimum) {
  const [major, minor] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = minimum.split('.').map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

function exitIfNotInstalled(error) {
  const [, missing] = /^Cannot find (?:module|package) '([^./][^']*)'/.exec(error.message) || [];
  if (missing) fail(`The package ${missing} is not installed: run "npm ci" first.`);
  throw error;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
