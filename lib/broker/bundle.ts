import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(__dirname, '..', '..');
const BUNDLES = join(ROOT, '.local', 'bundles');

/** CommonJS modules inside the SDK call `require`, which ES modules do not have: «Dynamic require of "…" is not supported». */
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const bundled = new Map<string, string>();

/**
 * Bundles a function's code, the SDK included, into a folder with one `index.mjs`. The folder is named for its content, so the
 * same code is the same asset wherever it was built.
 *
 * `NodejsFunction` would do the same by starting a process for each function, which takes about ten times as long.
 *
 * @throws Error when the entry does not exist or does not compile
 */
export function bundle(entry: string): string {
  const known = bundled.get(entry);
  if (known) return known;
  if (!existsSync(entry)) {
    throw new Error(`There is no ${relative(ROOT, entry)}: a subscription's or route's code is in a file of its name.`);
  }
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    outfile: 'index.mjs',
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    minify: true,
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    platform: 'node',
    format: 'esm',
    // What this machine runs as well as what AWS does.
    target: 'node20',
    mainFields: ['module', 'main'],
    banner: { js: BANNER },
    logLevel: 'warning',
  });
  const hash = createHash('sha256');
  for (const { contents } of outputFiles) hash.update(contents);
  const folder = join(BUNDLES, hash.digest('hex').slice(0, 16));
  if (!existsSync(folder)) {
    mkdirSync(dirname(folder), { recursive: true });
    // Whole or not at all: another process may be looking for the same bundle.
    const unfinished = mkdtempSync(`${folder}-`);
    for (const { path, contents } of outputFiles) {
      writeFileSync(join(unfinished, path.endsWith('.map') ? 'index.mjs.map' : 'index.mjs'), contents);
    }
    try {
      renameSync(unfinished, folder);
    } catch (error) {
      rmSync(unfinished, { recursive: true });
      if (!existsSync(folder)) throw error;
    }
  }
  bundled.set(entry, folder);
  return folder;
}
