import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, UsageError } from '../cli/failure';
import { formatHelp } from '../cli/help';
import { helpOption, parseOptions, seeHelp, wholeNumber } from '../cli/options';
import { run } from '../cli/run';
import { formatTable } from '../cli/table';
import { consumers, relays } from './consumer';
import { reconcileBooks } from './reconcile';
import type { Report } from './report';
import { compare, type Effort, HEAD, type Subject, toCells } from './rounds';

const COMMAND = 'npm run bench --';
const options = {
  rounds: { type: 'string', value: 'n', help: 'Rounds, of which the medians are taken (5).' },
  batches: { type: 'string', value: 'n', help: 'Batches of ten messages in each round (100).' },
  json: { type: 'string', value: 'file', help: 'Writes the figures to a file as well.' },
  ...helpOption,
} as const;

const measurements: Readonly<Record<string, { summary: string; measure(effort: Effort): Promise<Report> }>> = {
  consumer: {
    summary: 'CPU, calls, size and load of a consumer beside its alternatives.',
    measure: comparison(consumers),
  },
  relay: { summary: 'The same of the relay.', measure: comparison(relays) },
  reconcile: { summary: 'Speed and memory of a reconciliation of up to a million entries.', measure: reconcileBooks },
};

run(async () => {
  const { values, positionals } = parseOptions(COMMAND, options, process.argv.slice(2));
  const { rounds = '5', batches = '100', json, help } = values;
  const [name = '', ...more] = positionals;
  if (help) return console.log(helpText());
  const measurement = measurements[name];
  if (!measurement || more.length > 0)
    throw new UsageError(`Unknown measurement "${positionals.join(' ')}". ${seeHelp(COMMAND)}`);
  const effort = { rounds: wholeNumber('--rounds', rounds), batches: wholeNumber('--batches', batches) };
  const { head, rows, data } = await measurement.measure(effort);
  console.log(formatTable(head, rows));
  if (json) writeFileSync(json, `${JSON.stringify(data, undefined, 2)}\n`);
});

function comparison(subjects: readonly Subject[]) {
  return async (effort: Effort): Promise<Report> => {
    installPeers();
    const data = await compare(subjects, effort);
    return { head: HEAD, rows: data.map(toCells), data };
  };
}

/** Only the measurements need the peers, so they are installed at the first use. */
function installPeers(): void {
  if (existsSync(join(__dirname, 'node_modules'))) return;
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: __dirname, stdio: 'inherit' });
  if (status !== 0) throw new Failure('The peers of the measurements cannot be installed: run "npm ci" in bench/.');
}

function helpText(): string {
  const names = Object.entries(measurements).map(([name, { summary }]) => `  ${name.padEnd(10)}  ${summary}`);
  return formatHelp({
    usage: `${COMMAND} <measurement>`,
    summary: 'Measures the runtime beside what people would use instead.',
    details: names.join('\n'),
    options,
    examples: [`${COMMAND} consumer`, `${COMMAND} relay --rounds 15 --json relay.json`],
  });
}
