import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';
import { BUNDLES, ROOT, recall, remember, store } from './kept-bundles';
import { ownLines } from './source-map';

/** Replaces the SDK's 130 KB credential chain: Lambda passes credentials in environment variables. */
const CREDENTIALS = { '@aws-sdk/credential-provider-node': join(ROOT, 'lambdas', 'runtime', 'aws', 'credentials.ts') };

/** Runs esbuild in a child process. */
const BUILD = join(__dirname, 'build.mjs');
/** The metafile of 25 functions has 4 MB. */
const METAFILE_BYTES = 256 * 1024 * 1024;

/** Matches a file that exports a handler. */
const HANDLER = /^export (const|function|async function) handler\b/m;

/** Entry → the folder of its bundle. Module-level, because the constructs of one synthesis share the bundles. */
const bundled = new Map<string, string>();

/**
 * Bundles a function's code, libraries included, into a folder with one `index.js`. The folder is named for its content, so the
 * same code is the same asset wherever it was built.
 *
 * A cold start loads the whole bundle, so its format is the one that loads fastest: CommonJS, minified, names not kept, and a
 * source map of this project's code only. Loading takes 30 to 35 % less CPU than an ES module with full names and source map.
 *
 * @param entry `<folder>/<service>/<name>.ts`. All functions of the folder are bundled at the first call: 14 of them take
 *   1.1 s together, 2.5 s one by one, and 5.5 s with `NodejsFunction`, which starts a process for each.
 * @throws Error when the entry does not exist, exports no handler or does not compile
 */
export function bundle(entry: string): string {
  if (!bundled.has(entry)) bundleAll(dirname(dirname(entry)));
  const folder = bundled.get(entry);
  if (folder) return folder;
  const file = relative(ROOT, entry);
  throw new Error(
    existsSync(entry)
      ? `${file} exports no handler: write \`export const handler = …\`.`
      : `There is no ${file}: the code of a subscription, a route or a task is in a file of its name.`,
  );
}

function bundleAll(folder: string): void {
  for (const [entry, bundle] of bundlesOf(folder)) bundled.set(entry, bundle);
}

/**
 * Bundles all functions of a folder, or returns their bundles as long as no file has changed that went into them.
 *
 * @param folder holds one folder for each service
 * @param services names of the services to bundle. Default: all
 * @returns entry → the folder of its bundle
 * @throws Error when a function does not compile
 */
export function bundlesOf(folder: string, services?: ReadonlySet<string>): ReadonlyMap<string, string> {
  const entries = entriesIn(folder, services);
  return new Map([...(recall(entries) ?? build(entries))].map(([entry, bundle]) => [join(ROOT, entry), bundle]));
}

/** Returns the files below a folder's services that export a handler, relative to the project. */
export function entriesIn(folder: string, services?: ReadonlySet<string>): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => dirname(dirname(file)) === '.' && file.endsWith('.ts'))
    .filter((file) => services?.has(dirname(file)) ?? true)
    .map((file) => join(folder, file))
    .filter((file) => HANDLER.test(readFileSync(file, 'utf8')))
    .map((file) => relative(ROOT, file))
    .sort();
}

function build(entries: readonly string[]): ReadonlyMap<string, string> {
  mkdirSync(BUNDLES, { recursive: true });
  const folder = mkdtempSync(join(BUNDLES, 'build-'));
  try {
    const { inputs } = runEsbuild(entries, folder);
    const bundles = new Map(entries.map((entry) => [entry, store(filesIn(join(folder, dirname(outOf(entry)))))]));
    remember(Object.keys(inputs), bundles);
    return bundles;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns esbuild's options, except for the plugin. They can be passed to another process as JSON. */
export function buildOptions(entries: readonly string[], outdir: string) {
  return {
    entryPoints: entries.map((entry) => ({ in: entry, out: outOf(entry) })),
    outdir,
    absWorkingDir: ROOT,
    bundle: true,
    metafile: true,
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    platform: 'node',
    format: 'cjs',
    // Works on this machine's Node and on Lambda's.
    target: 'node20',
    // The SDK would load `node:http` through the loader of ES modules, which takes 12 ms to start.
    supported: { 'dynamic-import': false },
    mainFields: ['module', 'main'],
    alias: CREDENTIALS,
    logLevel: 'warning',
    // A call that light clients lack must fail here, not in the function.
    logOverride: { 'import-is-undefined': 'error' },
  } satisfies BuildOptions;
}

function runEsbuild(entries: readonly string[], outdir: string): Metafile {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BUILD], {
    input: JSON.stringify(buildOptions(entries, outdir)),
    encoding: 'utf8',
    maxBuffer: METAFILE_BYTES,
  });
  if (status !== 0) throw new Error(`The functions cannot be bundled:\n${stderr}`);
  process.stderr.write(stderr);
  return JSON.parse(stdout) as Metafile;
}

function filesIn(folder: string): { readonly path: string; readonly contents: Uint8Array | string }[] {
  return readdirSync(folder).map((name) => {
    const contents = readFileSync(join(folder, name));
    return { path: name, contents: name.endsWith('.map') ? ownLines(contents.toString()) : contents };
  });
}

/** The output path for esbuild, without extension. */
export function outOf(entry: string): string {
  return join(basename(dirname(entry)), basename(entry, '.ts'), 'index');
}
