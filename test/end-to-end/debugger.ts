import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decode } from '@jridgewell/sourcemap-codec';
import { eventually } from '../kit';

const PATIENCE_MS = 120_000;
const POLL_MS = 50;

/** A debugger on a function of a local cloud: `node inspect`, which sets breakpoints by generated lines, with the source map added. */
export class Debugger {
  #output = '';

  private constructor(
    /** The folder of the function's code. */
    private readonly code: string,
    private readonly child: ChildProcess,
  ) {
    child.stdout?.on('data', (data) => (this.#output += data));
    child.stderr?.on('data', (data) => (this.#output += data));
  }

  /** Attaches to the process that listens on the port. */
  static async attach(port: number): Promise<Debugger> {
    // A process that was replaced has closed the port until the new one opens it.
    const [target] = await eventually('the inspector answers', async () =>
      fetch(`http://127.0.0.1:${port}/json/list`).then(
        async (answer) => (await answer.json()) as { url: string }[],
        () => undefined,
      ),
    );
    const code = path.join(path.dirname(fileURLToPath(target?.url ?? '')), 'code');
    const attached = new Debugger(code, spawn(process.execPath, ['inspect', `127.0.0.1:${port}`]));
    await attached.#until(/debug> $/);
    return attached;
  }

  /** Sets a breakpoint at the first code of a line of a source, found as an editor does: by the source map. */
  async breakAt(source: string, line: number): Promise<void> {
    const map = JSON.parse(readFileSync(path.join(this.code, 'index.js.map'), 'utf8')) as {
      sources: string[];
      mappings: string;
    };
    const wanted = map.sources.findIndex((one) => path.isAbsolute(one) && one.endsWith(source));
    const generated = decode(map.mappings).findIndex((segments) =>
      segments.some(([, index, row]) => index === wanted && row === line - 1),
    );
    if (generated === -1) throw new Error(`The source map has no code for ${source}:${line}.`);
    await this.#send(`setBreakpoint('index.js', ${generated + 1})`);
  }

  /** Waits until the function stops. @returns the value of an expression there */
  async paused(expression: string): Promise<string> {
    await this.#until(/break in .*index\.js:\d+[\s\S]*debug> $/);
    return this.#send(`exec(${JSON.stringify(expression)})`);
  }

  /** Lets the function go on. */
  async detach(): Promise<void> {
    this.child.kill();
    this.child.kill();
  }

  async #send(command: string): Promise<string> {
    this.#output = '';
    this.child.stdin?.write(`${command}\n`);
    await this.#until(/debug> $/);
    return this.#output.replace(/debug> $/, '').trim();
  }

  async #until(pattern: RegExp): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!pattern.test(this.#output)) {
      if (Date.now() > deadline) throw new Error(`node inspect has not printed ${pattern}:\n${this.#output}`);
      await sleep(POLL_MS);
    }
  }
}
