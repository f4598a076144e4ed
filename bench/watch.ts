import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { findFunctions } from '../cli/declarations';
import { Failure } from '../cli/failure';
import { wholeNumber } from '../cli/options';
import { percentile } from '../cli/percentile';
import { runProgram } from '../cli/program';
import { ROOT } from '../cli/project';
import { formatTable } from '../cli/table';
import { consumerOf } from '../lambdas/runtime/declare/declaration';
import { findFreePort } from '../local/emulator/port';

const EDITS = '10';
const PATIENCE_MS = 120_000;

/**
 * `npx tsx bench/watch.ts`: how long `npm start -- --watch` takes from the change of a file until the change is live. Edits the first
 * service's handler and stack, and restores them.
 */
runProgram(
  {
    command: 'npx tsx bench/watch.ts',
    summary: 'Measures how long a change takes until it is live in the local cloud.',
    options: { edits: { type: 'string', value: 'n', help: `Edits of each kind (${EDITS}).` } },
  },
  async ({ edits = EDITS }, lifetime) => {
    const count = wholeNumber('--edits', edits);
    const subscription = (await findFunctions()).find(({ declaration }) => declaration.kind === 'subscription');
    if (subscription === undefined) throw new Failure('The app has no subscription that could be changed.');
    const { service } = subscription.declaration;
    const stack = path.join(ROOT, 'lib', 'services', `${service}-stack.ts`);
    const start = new Start(['local/start.ts', '--port', String(await findFreePort()), '--watch']);
    lifetime.onEnd(() => start.stop());
    await start.printed('Watching ');
    const handlers = await measure(
      count,
      subscription.file,
      start,
      (text, edit) => `${text}\nObject.assign(globalThis, { edit: ${edit} });\n`,
    );
    const stacks = await measure(count, stack, start, (text, edit) =>
      text.replace(/^( +)super\(.*\);$/m, `$&\n$1this.templateOptions.metadata = { edit: ${edit} };`),
    );
    const row = (what: string, seconds: readonly number[]) => [
      what,
      seconds.length,
      ...[0.5, 1].map((share) => percentile(seconds, share).toFixed(2)),
    ];
    console.log(
      formatTable(
        ['change', 'edits', 'median (s)', 'longest (s)'],
        [row(`handler ${consumerOf(subscription.declaration)}`, handlers), row(`stack ${service}`, stacks)],
      ),
    );
  },
);

/** Edits a file several times, and restores it. @returns the seconds of each edit */
async function measure(
  edits: number,
  file: string,
  start: Start,
  change: (text: string, edit: number) => string,
): Promise<number[]> {
  const text = readFileSync(file, 'utf8');
  const seconds: number[] = [];
  const bring = async (changed: string) => {
    const began = performance.now();
    writeFileSync(file, changed);
    await start.printed('Reloaded ');
    return (performance.now() - began) / 1_000;
  };
  try {
    // The first edit is a warm-up, and is not counted.
    for (let edit = 0; edit <= edits; edit++) seconds.push(await bring(change(text, edit)));
  } finally {
    writeFileSync(file, text);
  }
  await start.printed('Reloaded ');
  return seconds.slice(1);
}

/** A running `npm start`. */
class Start {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #next: (() => void) | undefined;

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, ['cli/launch.cjs', ...args], {
      cwd: ROOT,
      env: { ...process.env, AWS_ENDPOINT_URL: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const stderr = this.#child.stderr;
    if (stderr)
      createInterface({ input: stderr }).on('line', (line) => {
        console.error(line);
        this.#lines.push(line);
        this.#next?.();
      });
    this.#child.once('exit', () => this.#next?.());
  }

  /** Waits for a line that begins with the text. @throws Failure when the command has ended, or a change was not reloaded */
  async printed(beginning: string): Promise<void> {
    for (;;) {
      const line = this.#lines.shift();
      if (line?.startsWith(beginning)) return;
      if (line?.startsWith('Not reloaded')) throw new Failure(line);
      if (line !== undefined) continue;
      if (this.#child.exitCode !== null) throw new Failure('npm start has ended.');
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Failure(`Nothing was reloaded for ${PATIENCE_MS / 1_000} s.`)),
          PATIENCE_MS,
        );
        this.#next = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGINT');
    await exited;
  }
}
