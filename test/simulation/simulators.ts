import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Manifest } from '../../lib/broker/manifest';
import type { Schema } from './aws/dynamodb';
import type { SimulationResult } from './simulation';
import type { Answer, Task } from './simulator';

/** The files of a system and its functions. */
export interface SystemSource {
  /** A module that exports `simulator`: it takes the {@link SystemParts}, and returns a function that runs a task. */
  readonly system: string;
  /** `<service>.<function>` → the file of its handler. */
  readonly functions: Readonly<Record<string, string>>;
  readonly manifests: readonly Manifest[];
  /** `<service>.<table>` → the keys of the table. */
  readonly tables: Readonly<Record<string, Schema>>;
}

/**
 * Processes that run one world after another. A world's result depends only on its task. Outside of Jest a world runs four times as
 * fast.
 */
export class Simulators<One extends { readonly seed: number } = Task, Result = SimulationResult> {
  private readonly processes: readonly ChildProcess[];
  private readonly idle: ChildProcess[];
  private readonly waiting: ((process: ChildProcess) => void)[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'event-broker-simulation-'));

  /** @param system what to simulate */
  constructor(system: SystemSource, count = availableParallelism()) {
    const simulator = bundle(system, this.folder);
    this.processes = Array.from({ length: count }, () => fork(simulator, { execArgv: COLLECTION }));
    this.idle = [...this.processes];
  }

  /** Runs a world as soon as a process is free. @throws Error if the simulation itself fails */
  async run(task: One): Promise<Result> {
    const process = this.idle.pop() ?? (await new Promise<ChildProcess>((resolve) => this.waiting.push(resolve)));
    try {
      return await ask(process, task);
    } finally {
      const next = this.waiting.shift();
      if (next) next(process);
      else this.idle.push(process);
    }
  }

  /** Ends the processes. */
  stop(): void {
    for (const process of this.processes) process.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * A large young generation, because most objects of a world are short-lived. One thread collects garbage: each core runs a simulator
 * already.
 */
const COLLECTION = ['--max-semi-space-size=64', '--single-threaded-gc'];

/** Bundles the simulator with the system and its functions. Compiling them with tsx would take a seventh of the time. */
function bundle({ system, functions, manifests, tables }: SystemSource, folder: string): string {
  const outfile = join(folder, 'simulator.js');
  const path = (file: string) => JSON.stringify(file);
  const names = Object.keys(functions);
  const contents = [
    `import { serve } from ${path(join(__dirname, 'simulator'))};`,
    `import { simulator } from ${path(system)};`,
    ...names.map((name, index) => `import * as f${index} from ${path(functions[name] ?? '')};`),
    `const modules = { ${names.map((name, index) => `${path(name)}: f${index}`).join(', ')} };`,
    `serve(simulator({ modules, manifests: ${JSON.stringify(manifests)}, tables: ${JSON.stringify(tables)} }));`,
  ].join('\n');
  const stdin = { contents, resolveDir: __dirname, loader: 'ts' } as const;
  // Modules of ECMAScript are called directly, those of CommonJS through getters.
  const mainFields = ['module', 'main'];
  const alias = {
    'node:async_hooks': join(__dirname, 'async-context.ts'),
    '@smithy/core/client': join(__dirname, 'aws', 'plain-commands.mjs'),
  };
  const format = { bundle: true, platform: 'node', target: 'node20', mainFields, alias } as const;
  buildSync({ stdin, outfile, ...format, logLevel: 'warning' });
  return outfile;
}

async function ask<One extends { readonly seed: number }, Result>(process: ChildProcess, task: One): Promise<Result> {
  const over = new AbortController();
  process.send(task);
  const died = once(process, 'exit', over).then(
    ([code]): Answer<Result> => ({ error: `its process ended with ${code}` }),
  );
  const answered = once(process, 'message', over).then(([answer]) => answer as Answer<Result>);
  const answer = await Promise.race([answered, died]);
  over.abort();
  if ('error' in answer) throw new Error(`The simulation of seed ${task.seed} failed: ${answer.error}.`);
  return answer.result;
}
