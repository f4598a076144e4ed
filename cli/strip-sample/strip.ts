import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What replaces the sample: one service that greets. */
const TEMPLATE = path.join(__dirname, 'template');

/** Pages about the sample. */
const SAMPLE_PAGES = ['callbacks.md', 'order-process.md', 'payment-provider.md', 'ways-to-talk.md'];

/** Commands of the sample, and the parts of the core's that run its tests. */
const SAMPLE_SCRIPTS = ['demo', 'simulate'];
const SAMPLE_TESTS = / sample\/\S+| && jest --config sample\/\S+/g;

/**
 * Removes the sample from a checkout and puts one small service in its place.
 *
 * @param root the folder of the checkout
 */
export function stripSample(root: string): void {
  const remove = (...parts: string[]) => rmSync(path.join(root, ...parts), { recursive: true, force: true });
  remove('sample');
  remove('lib', 'services');
  for (const service of foldersIn(path.join(root, 'lambdas'))) if (service !== 'runtime') remove('lambdas', service);
  remove('contracts', 'schemas');
  for (const file of filesIn(path.join(root, 'contracts'))) remove('contracts', file);
  for (const page of SAMPLE_PAGES) remove('docs', page);
  cpSync(TEMPLATE, root, { recursive: true });
  remove('cli', 'strip-sample');
  remove('test', 'fork');
  writePackage(path.join(root, 'package.json'));
  removeLines(path.join(root, 'docs', 'README.md'), SAMPLE_PAGES);
}

function writePackage(file: string): void {
  const {
    eventBroker: _,
    scripts,
    ...rest
  } = JSON.parse(readFileSync(file, 'utf8')) as {
    eventBroker?: unknown;
    scripts: Record<string, string>;
  };
  const kept = Object.entries(scripts)
    .filter(([name]) => ![...SAMPLE_SCRIPTS, 'strip-sample', 'test:fork'].includes(name))
    .map(([name, script]) => [name, script.replace(SAMPLE_TESTS, '').replace(' && npm run test:fork', '')]);
  writeFileSync(file, `${JSON.stringify({ ...rest, scripts: Object.fromEntries(kept) }, null, 2)}\n`);
}

/** Removes the lines of an index that link to pages which are gone. */
function removeLines(file: string, pages: readonly string[]): void {
  if (!existsSync(file)) return;
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, lines.filter((line) => !pages.some((page) => line.includes(`(${page}`))).join('\n'));
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}
