import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The files that replace the sample: the service `hello`, with its tests. */
const TEMPLATE = path.join(__dirname, 'template');

/** Pages about the sample. */
const SAMPLE_PAGES = [
  'callbacks.md',
  'cost.md',
  'order-process.md',
  'payment-provider.md',
  'under-load.md',
  'ways-to-talk.md',
];

/** Commands of the sample, and the parts of the core's commands that run the sample's tests. */
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
  remove('docs', 'map');
  for (const page of SAMPLE_PAGES) remove('docs', page);
  cpSync(TEMPLATE, root, { recursive: true });
  remove('cli', 'strip-sample');
  remove('test', 'fork');
  writePackage(path.join(root, 'package.json'));
  for (const page of pagesIn(path.join(root, 'docs'))) writeFileSync(page, withoutSample(readFileSync(page, 'utf8')));
}

function writePackage(file: string): void {
  const { eventBroker, scripts, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as {
    eventBroker?: { template?: unknown };
    scripts: Record<string, string>;
  };
  const kept = Object.entries(scripts)
    .filter(([name]) => ![...SAMPLE_SCRIPTS, 'strip-sample', 'test:fork'].includes(name))
    .map(([name, script]) => [name, script.replace(SAMPLE_TESTS, '').replace(' && npm run test:fork', '')]);
  writeFileSync(
    file,
    `${JSON.stringify({ ...rest, eventBroker: { template: eventBroker?.template }, scripts: Object.fromEntries(kept) }, null, 2)}\n`,
  );
}

function pagesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.md')).map((file) => path.join(folder, file));
}

/**
 * Removes the parts of a page about the sample: text between `<!-- sample -->` and `<!-- /sample -->`, and where a comment is not
 * possible, such as in tables, lines that contain `(sample)` or a link to a removed page.
 */
function withoutSample(page: string): string {
  const kept = page.replace(/\s*<!-- sample -->.*?<!-- \/sample -->/gs, '');
  const isOfSample = (line: string) =>
    line.includes('(sample)') || SAMPLE_PAGES.some((name) => line.includes(`](${name}`));
  return kept
    .split('\n')
    .filter((line) => !isOfSample(line))
    .join('\n');
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
