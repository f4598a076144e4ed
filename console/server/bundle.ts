import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** A file of the app, compressed. */
export interface Asset {
  readonly type: string;
  readonly gzip: Buffer;
}

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css' };

/** Bundles the app for browsers, in memory. @returns path → file; the entry is `/assets/main.js` with `/assets/main.css` */
export async function bundleApp(): Promise<ReadonlyMap<string, Asset>> {
  const { outputFiles } = await build({
    entryPoints: [path.join(__dirname, '..', 'app', 'main.tsx')],
    outdir: '/assets',
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
    logLevel: 'silent',
  });
  return new Map(
    outputFiles.map(({ path: file, contents }) => [
      file,
      { type: `${TYPES[path.extname(file)] ?? 'application/octet-stream'}; charset=utf-8`, gzip: gzipSync(contents) },
    ]),
  );
}
