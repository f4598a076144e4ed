const { readFile } = require('node:fs/promises');
const { parse } = require('acorn');
const { transform } = require('esbuild');

/**
 * Returns a plugin of esbuild that lets it drop a top-level constant that nothing uses, whatever its initialiser calls. Without it
 * every function would carry all of its service's declarations, and every contract in a file of which it uses one. Of the package files
 * that the SDK's clients import it keeps the version, which is all that they use.
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
          ({ code }) => ({ contents: markCalls(code), loader: 'js' }),
          ({ errors }) => ({ errors }),
        );
        known.set(path, { source, result });
        return result;
      });
      onLoad({ filter: /@aws-sdk[\\/][\w-]+[\\/]package\.json$/ }, async ({ path }) => {
        const { version } = JSON.parse(await readFile(path, 'utf8'));
        return { contents: JSON.stringify({ version }), loader: 'json' };
      });
    },
  };
};

/** Wraps the initialisers of top-level constants that call something in functions that esbuild takes for pure. */
function markCalls(code) {
  const calls = parse(code, { ecmaVersion: 'latest', sourceType: 'module' })
    .body.map((statement) => statement.declaration ?? statement)
    .filter(({ type, kind }) => type === 'VariableDeclaration' && kind === 'const')
    .flatMap(({ declarations }) => declarations)
    .filter(({ id, init: { type, start, end } }) => {
      return id.type === 'Identifier' && !IS_PURE.has(type) && code.slice(start, end).includes('(');
    });
  // The last first, so that the positions of the others stay right.
  return calls.reduceRight((text, { init: { start, end } }) => {
    return `${text.slice(0, start)}/* @__PURE__ */ (() => (${text.slice(start, end)}))()${text.slice(end)}`;
  }, code);
}

/** The types of initialisers that have no effect although they contain calls. */
const IS_PURE = new Set(['ArrowFunctionExpression', 'FunctionExpression', 'ClassExpression']);
