const { readFile } = require('node:fs/promises');
const { transform } = require('esbuild');

/**
 * `const name = …;` at the top level of what esbuild prints: later lines of a statement are indented or close a bracket.
 * The initialiser is a call; functions and literals have no side effect anyway.
 */
const CALL =
  /^((?:export )?const [\w$]+ = )((?!async\b|function\b|class\b|\()[^\n]*\((?:[^\n]*\n(?=[ \t)}\]]))*[^\n]*);$/gm;

/**
 * Returns a plugin of esbuild that lets it drop a top-level constant that nothing uses, whatever its initialiser calls. Without it
 * every function would carry all of its service's declarations, and every contract in a file of which it uses one.
 *
 * @returns {import('esbuild').Plugin}
 */
module.exports = function unusedConstants() {
  /** Path → source and its result, so that a second build of the same context transforms only changed files. */
  const known = new Map();
  return {
    name: 'unused-constants',
    setup({ onLoad, initialOptions: { absWorkingDir, target } }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path.includes('/node_modules/') || !path.startsWith(absWorkingDir)) return undefined;
        const source = await readFile(path, 'utf8');
        const before = known.get(path);
        if (before?.source === source) return before.result;
        const options = { loader: 'ts', sourcefile: path, sourcemap: 'inline', target };
        const result = await transform(source, options).then(
          ({ code }) => ({ contents: code.replace(CALL, '$1/* @__PURE__ */ (() => ($2))();'), loader: 'js' }),
          ({ errors }) => ({ errors }),
        );
        known.set(path, { source, result });
        return result;
      });
    },
  };
};
