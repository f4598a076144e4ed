import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { writeTables } from '../../bench/docs';
import { Failure, UsageError } from '../../cli/failure';
import { runProgram } from '../../cli/program';
import { ROOT } from '../../cli/project';
import { formatTable } from '../../cli/table';
import { accepted } from './accepted';
import { forgetSurvivors, judge } from './judge';
import { dependencies } from './package.json';
import { SCORE_HEAD } from './scores';
import { docsTables, keepScore, scoreRows } from './tables';
import { coreFiles, processFiles, testsOf } from './targets';

const DOCS = path.join(ROOT, 'docs');

/** `npm run mutation`: changes the code in many small ways, and lists the changes that no unit test notices. */
runProgram(
  {
    command: 'npm run mutation --',
    summary: 'Changes the code in many small ways, and lists the changes that no unit test notices.',
    options: {
      file: { type: 'string', multiple: true, value: 'path', help: 'A file to change. May be repeated. Default: all.' },
      docs: {
        type: 'boolean',
        help: 'Changes no code: writes the last score of each file into the docs, and lists scores of older code.',
      },
    },
    examples: ['npm run mutation', 'npm run mutation -- --file lambdas/runtime/work/commit.ts'],
  },
  async ({ file, docs }) => {
    if (docs) {
      const { tables, faults } = docsTables();
      writeTables(DOCS, 'mutation', tables);
      return console.log(faults.join('\n') || 'All scores are those of the present code.');
    }
    const all = [...coreFiles(), ...processFiles()];
    const unknown = file?.find((name) => !all.includes(name));
    if (unknown !== undefined) throw new UsageError(`${unknown} has no tests in targets.ts. Files: ${all.join(', ')}.`);
    const installed = Object.keys(dependencies).every((name) => existsSync(path.join(__dirname, 'node_modules', name)));
    if (!installed) runIn(__dirname, 'npm', ['ci', '--no-audit', '--no-fund']);
    const files = file ?? all;
    const judgements = files.map((name) => {
      mutate(name);
      const judgement = judge(name, path.join(ROOT, reportOf(name)), accepted);
      keepScore(judgement);
      return judgement;
    });
    const rows = scoreRows(files).map(({ cells }) => cells);
    console.log(formatTable(SCORE_HEAD, rows));
    const faults = judgements.flatMap((one) => one.faults);
    if (faults.length > 0) throw new Failure(`${faults.join('\n')}\nWrite tests, or change accepted.ts.`);
  },
);

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

function runIn(folder: string, program: string, args: readonly string[], env: Readonly<NodeJS.ProcessEnv> = {}): void {
  const { status } = spawnSync(program, args, { cwd: folder, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) throw new Failure(`"${path.basename(program)} ${args.slice(0, 2).join(' ')}" failed: see above.`);
}
