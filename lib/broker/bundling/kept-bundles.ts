import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

export const ROOT = join(__dirname, '..', '..', '..');

/** Folder that keeps bundles between syntheses. Git ignores it. */
export const BUNDLES = join(ROOT, '.local', 'bundles');

const DAY_MILLISECONDS = 24 * 60 * 60 * 1_000;

/** Files that affect every bundle although no bundle contains them. */
const ALWAYS = [
  'package-lock.json',
  'tsconfig.json',
  'lib/broker/bundling/bundle.ts',
  'lib/broker/bundling/build.mjs',
  'lib/broker/bundling/light-clients.cjs',
  'lib/broker/bundling/plugins.cjs',
  'lib/broker/bundling/source-map.ts',
  'lib/broker/bundling/unused-constants.cjs',
];

/** One run of esbuild. All paths are relative to the project. */
interface Build {
  /** Input file → hash of its content. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Entry → the name of its bundle's folder. */
  readonly bundles: Readonly<Record<string, string>>;
}

/**
 * Returns the kept bundles of these entries if none of their input files has changed. The check takes 70 ms, bundling seconds.
 *
 * @returns entry → folder; undefined when the entries must be bundled
 */
export function recall(entries: readonly string[]): ReadonlyMap<string, string> | undefined {
  const file = recordOf(entries);
  if (!existsSync(file)) return undefined;
  const { inputs, bundles } = JSON.parse(readFileSync(file, 'utf8')) as Build;
  const isSame = Object.entries(inputs).every(([input, hash]) => hashOf(input) === hash);
  const found = entries.map((entry) => [entry, join(BUNDLES, bundles[entry] ?? '')] as const);
  if (!isSame || !found.every(([, folder]) => existsSync(folder))) return undefined;
  for (const path of [file, ...found.map(([, folder]) => folder)]) markAsUsed(path);
  return new Map(found);
}

/** Records a run of esbuild, and removes bundles that were not used for a day. */
export function remember(inputs: readonly string[], bundles: ReadonlyMap<string, string>): void {
  const hashes = [...inputs, ...ALWAYS].map((input) => [input, hashOf(input)]);
  const names = [...bundles].map(([entry, folder]) => [entry, basename(folder)]);
  const build: Build = { inputs: Object.fromEntries(hashes), bundles: Object.fromEntries(names) };
  const file = recordOf([...bundles.keys()]);
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(build));
  renameSync(`${file}.${process.pid}`, file);
  const old = readdirSync(BUNDLES).filter((name) => isOld(join(BUNDLES, name)));
  for (const name of old) rmSync(join(BUNDLES, name), { recursive: true, force: true });
}

interface File {
  readonly path: string;
  readonly contents: Uint8Array | string;
}

/** Stores a bundle in a folder named by the hash of its content. @returns the folder */
export function store(files: readonly File[]): string {
  const hash = createHash('sha256');
  for (const { contents } of files) hash.update(contents);
  const folder = join(BUNDLES, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) {
    markAsUsed(folder);
    return folder;
  }
  mkdirSync(BUNDLES, { recursive: true });
  // Renamed when complete, because another process may read the same bundle.
  const unfinished = mkdtempSync(`${folder}-`);
  for (const { path, contents } of files) writeFileSync(join(unfinished, basename(path)), contents);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Returns the record's path. A new entry changes the hash, so the record does not exist and all entries are bundled. */
function recordOf(entries: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([...entries].sort()));
  return join(BUNDLES, `${hash.digest('hex').slice(0, 16)}.json`);
}

function hashOf(input: string): string | undefined {
  const file = join(ROOT, input);
  return existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : undefined;
}

function markAsUsed(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

function isOld(path: string): boolean {
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return mtimeMs !== undefined && Date.now() - mtimeMs > DAY_MILLISECONDS;
}
