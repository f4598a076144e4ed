import { execFileSync } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { Failure } from '../failure';
import { runProgram } from '../program';
import { ROOT } from '../project';
import { stripSample } from './strip';

/** `npm run strip-sample`: leaves the core and one small service, as the start of your own system. */
runProgram(
  {
    command: 'npm run strip-sample --',
    summary: 'Removes the sample and leaves one small service, "hello", with its tests.',
    options: { yes: { type: 'boolean', help: 'Removes it without asking.' } },
  },
  async ({ yes }) => {
    const changed = git('status', '--porcelain');
    if (changed) {
      const [first = ''] = changed.split('\n');
      throw new Failure(`The work tree has changes (${first.trim()} …): commit or stash them, then run this again.`);
    }
    if (!yes && !(await isConfirmed())) throw new Failure('Nothing was removed.');
    stripSample(ROOT);
    run('npm', 'run', '--silent', 'schemas');
    run('npm', 'run', '--silent', 'map');
    // Tables that have lost rows are aligned again.
    run('npm', 'run', '--silent', 'format');
    console.log(
      'The sample is gone. Next:\n\n' +
        '  npm start        runs the service "hello" on this machine\n' +
        '  npm test         runs all tests\n' +
        '  git diff --stat  shows what was removed\n',
    );
  },
);

async function isConfirmed(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(
      'Removes sample/, lib/services/, every service in lambdas/, and their contracts and pages. Continue? [y/N] ',
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch {
    throw new Failure(
      'This folder is not a git checkout: run "git init" and commit first, so that the sample can be restored.',
    );
  }
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: ROOT, stdio: 'inherit' });
}
