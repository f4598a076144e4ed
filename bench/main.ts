import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadExtension } from '../cli/extension';
import { Failure, UsageError } from '../cli/failure';
import { formatHelp } from '../cli/help';
import { helpOption, parseOptions, seeHelp, wholeNumber } from '../cli/options';
import { ROOT } from '../cli/project';
import { run } from '../cli/run';
import { formatTable } from '../cli/table';
import { draw, stackedBars } from './chart';
import { measureColdStart } from './coldstart';
import { consumers, relays } from './consumer';
import { writeTables } from './docs';
import { measureHotStock } from './hot-stock';
import { dependencies as peers } from './package.json';
import { reconcileBooks } from './reconcile';
import type { BenchExtension, Effort, Measurement, Report } from './report';
import { compare, HEAD, type Subject, toCells } from './rounds';

const COMMAND = 'npm run bench --';
const DOCS = join(ROOT, 'docs');
const CHARTS = join(DOCS, 'images');
const options = {
  rounds: { type: 'string', value: 'n', help: 'Rounds, of which the medians are taken (5).' },
  batches: { type: 'string', value: 'n', help: 'Batches of ten messages in each round (100).' },
  size: { type: 'string', value: 'n', help: 'Orders of a measurement that places orders.' },
  docs: { type: 'boolean', help: 'Writes tables and charts into the docs.' },
  json: { type: 'string', value: 'file', help: 'Writes the figures to a file as well.' },
  ...helpOption,
} as const;

const coreMeasurements: Readonly<Record<string, Measurement>> = {
  consumer: {
    summary: 'CPU, calls, size and load of a consumer beside its alternatives.',
    measure: comparison('consumer', consumers),
  },
  relay: { summary: 'The same of the relay.', measure: comparison('relay', relays) },
  coldstart: { summary: 'Start and first batch of functions as processes.', measure: measureColdStart },
  'hot-stock': { summary: 'Orders for one article, whose stock is one counter or several.', measure: measureHotStock },
  reconcile: { summary: 'Speed and memory of a reconciliation of up to a million entries.', measure: reconcileBooks },
};

run(async () => {
  const { values, positionals } = parseOptions(COMMAND, options, process.argv.slice(2));
  const { rounds = '5', batches = '100', size, json, docs, help } = values;
  const extension = await loadExtension<BenchExtension>();
  const measurements = { ...coreMeasurements, ...extension.measurements };
  const [name = '', ...more] = positionals;
  if (help) return console.log(helpText(measurements));
  const measurement = measurements[name];
  if (!measurement || more.length > 0)
    throw new UsageError(`Unknown measurement "${positionals.join(' ')}". ${seeHelp(COMMAND)}`);
  installPeers();
  const report = await measurement.measure({
    rounds: wholeNumber('--rounds', rounds),
    batches: wholeNumber('--batches', batches),
    ...(size !== undefined && { size: wholeNumber('--size', size) }),
  });
  console.log(formatTables(report));
  if (json) writeFileSync(json, `${JSON.stringify(report.data, undefined, 2)}\n`);
  if (docs) document(name, report);
});

function formatTables({ tables }: Report): string {
  return tables
    .map(({ title, head, rows }) => `${title === undefined ? '' : `${title}\n\n`}${formatTable(head, rows)}`)
    .join('\n\n');
}

function document(measurement: string, { tables, charts = {} }: Report): void {
  for (const page of writeTables(DOCS, measurement, tables)) console.log(`\nWrote docs/${page}.`);
  mkdirSync(CHARTS, { recursive: true });
  for (const [name, chart] of Object.entries(charts)) {
    writeFileSync(join(CHARTS, `bench-${name}.svg`), draw(chart));
    console.log(`\nWrote docs/images/bench-${name}.svg.`);
  }
}

function comparison(name: string, subjects: readonly Subject[]) {
  return async (effort: Effort): Promise<Report> => {
    const data = await compare(subjects, effort);
    const chart = stackedBars(
      'Processor time of a message, in microseconds',
      data.map((row) => row.name),
      [{ name: 'CPU (µs)', values: data.map(({ cpu }) => cpu) }],
    );
    return { tables: [{ id: 'functions', head: HEAD, rows: data.map(toCells) }], data, charts: { [name]: chart } };
  };
}

/** Only the measurements need the peers, so they are installed at the first use. */
function installPeers(): void {
  if (Object.keys(peers).every((name) => existsSync(join(__dirname, 'node_modules', name)))) return;
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: __dirname, stdio: 'inherit' });
  if (status !== 0) throw new Failure('The peers of the measurements cannot be installed: run "npm ci" in bench/.');
}

function helpText(measurements: Readonly<Record<string, Measurement>>): string {
  const names = Object.entries(measurements).map(([name, { summary }]) => `  ${name.padEnd(10)}  ${summary}`);
  return formatHelp({
    usage: `${COMMAND} <measurement>`,
    summary: 'Measures the runtime beside what people would use instead.',
    details: names.join('\n'),
    options,
    examples: [`${COMMAND} consumer`, `${COMMAND} relay --rounds 15 --json relay.json`],
  });
}
