import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { writeTables } from '../../bench/docs';
import { Failure, UsageError } from '../../cli/failure';
import { runProgram } from '../../cli/program';
import { ROOT } from '../../cli/project';
import { formatTable } from '../../cli/table';
import { accepted } from './accepted';
import { forgetSurvivors, type Judgement, judge } from './judge';
import { dependencies } from './package.json';
import { targets } from './targets';

const DOCS = path.join(ROOT, 'docs');
const HEAD = ['file', 'mutants', 'killed', 'accepted', 'score'];

/** `npm run mutation`: changes the code in many small ways, and lists the changes that no unit test notices. */
runProgram(
  {
    command: 'npm run mutation --',
    summary: 'Changes the code in many small ways, and lists the changes that no unit test notices.',
    options: {
      file: { type: 'string', multiple: true, value: 'path', help: 'A file to change. May be repeated. Default: all.' },
      docs: { type: 'boolean', help: 'Changes nothing, and writes the last score of each file into the docs.' },
    },
    examples: ['npm run mutation', 'npm run mutation -- --file lambdas/runtime/work/commit.ts'],
  },
  async ({ file, docs }) => {
    const [core, processes] = [Object.keys(targets), processFiles()];
    const all = [...core, ...processes];
    if (docs) return writeDocs(core, processes);
    const unknown = file?.find((name) => !all.includes(name));
    if (unknown !== undefined) throw new UsageError(`${unknown} has no tests in targets.ts. Files: ${all.join(', ')}.`);
    const installed = Object.keys(dependencies).every((name) => existsSync(path.join(__dirname, 'node_modules', name)));
    if (!installed) runIn(__dirname, 'npm', ['ci', '--no-audit', '--no-fund']);
    const files = file ?? all;
    for (const name of files) mutate(name);
    const judgements = files.map(judgementOf);
    console.log(formatTable(HEAD, judgements.map(toRow)));
    const faults = judgements.flatMap((one) => one.faults);
    if (faults.length > 0) throw new Failure(`${faults.join('\n')}\nWrite tests, or change accepted.ts.`);
  },
);

/** The processes of services: `lambdas/<service>/<name>-process.ts`. */
function processFiles(): string[] {
  return readdirSync(path.join(ROOT, 'lambdas')).flatMap((service) =>
    readdirSync(path.join(ROOT, 'lambdas', service))
      .filter((name) => name.endsWith('-process.ts'))
      .map((name) => `lambdas/${service}/${name}`),
  );
}

/** A process is a table, whose tests are those of its service. */
function testsOf(file: string): string {
  return targets[file] ?? `{lambdas,sample/test/unit}/${file.split('/')[1]}/**/{diagram,check-*,*-process}.test.ts`;
}

function mutate(file: string): void {
  const stryker = path.join(__dirname, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const config = path.join('test', 'mutation', 'stryker.config.mjs');
  forgetSurvivors(path.join(ROOT, reportOf(file)));
  const env = { MUTATION_TESTS: testsOf(file), MUTATION_REPORT: reportOf(file) };
  runIn(ROOT, process.execPath, [stryker, 'run', config, '--mutate', file], env);
}

function reportOf(file: string): string {
  return path.join('.local', 'mutation-reports', `${file.replaceAll('/', '+')}.json`);
}

function judgementOf(file: string): Judgement {
  return judge(file, path.join(ROOT, reportOf(file)), accepted);
}

function writeDocs(core: readonly string[], processes: readonly string[]): void {
  const survivors = accepted.map(({ file, change, to, reason }) => [
    path.basename(file),
    code(change),
    code(to),
    reason,
  ]);
  writeTables(DOCS, 'mutation', [
    { id: 'core', head: HEAD, rows: core.map(judgementOf).map(toRow) },
    { id: 'processes', head: HEAD, rows: processes.map(judgementOf).map(toRow) },
    { id: 'accepted', head: ['file', 'code', 'changed to', 'why no test can notice it'], rows: survivors },
  ]);
}

function toRow({ file, mutants, killed, taken }: Judgement) {
  return [file, mutants, killed, taken, `${((killed / mutants) * 100).toFixed(1)} %`];
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function runIn(folder: string, program: string, args: readonly string[], env: Readonly<NodeJS.ProcessEnv> = {}): void {
  const { status } = spawnSync(program, args, { cwd: folder, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) throw new Failure(`"${path.basename(program)} ${args.slice(0, 2).join(' ')}" failed: see above.`);
}
