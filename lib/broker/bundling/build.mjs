// Bundles functions with esbuild. A process of its own, because plugins are asynchronous and the CDK's constructs are not.
// Reads esbuild's options as JSON from standard input, and writes its metafile to standard output.
import { readFile } from 'node:fs/promises';
import { json } from 'node:stream/consumers';
import { build, transform } from 'esbuild';

/**
 * `const name = …;` at the top level of what esbuild prints: later lines of a statement are indented or close a bracket.
 * The initialiser is a call; functions and literals have no side effect anyway.
 */
const CALL =
  /^((?:export )?const [\w$]+ = )((?!async\b|function\b|class\b|\()[^\n]*\((?:[^\n]*\n(?=[ \t)}\]]))*[^\n]*);$/gm;

/**
 * Lets esbuild drop a top-level constant that nothing uses, whatever its initialiser calls. Without it every function would
 * carry all of its service's declarations, and every contract in a file of which it uses one.
 */
const unusedConstants = {
  name: 'unused-constants',
  setup({ onLoad, initialOptions: { absWorkingDir, target } }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.includes('/node_modules/') || !path.startsWith(absWorkingDir)) return undefined;
      const source = await readFile(path, 'utf8');
      const { code } = await transform(source, { loader: 'ts', sourcefile: path, sourcemap: 'inline', target });
      return { contents: code.replace(CALL, '$1/* @__PURE__ */ (() => $2)();'), loader: 'js' };
    });
  },
};

const options = await json(process.stdin);
const { metafile } = await build({ ...options, plugins: [unusedConstants] });
process.stdout.write(JSON.stringify(metafile));
