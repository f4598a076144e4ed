import { createInterface } from 'node:readline/promises';
import { Failure } from '../cli/failure';
import type { Lifetime } from '../cli/lifetime';
import { type Progress, showProgress } from '../cli/progress';
import { discover } from '../deployed/discover';
import { runningClouds } from '../deployed/local-clouds';
import { clientsOf } from './clients';
import type { Context } from './command';
import type { CommandLine } from './command-line';
import { toFailure } from './sdk-errors';
import { chooseTarget, formatTarget } from './target';

/** The input and output of a command. */
export interface Terminal {
  /** Prints to standard output. */
  out(text: string): void;
  /** Prints to standard error. */
  note(text: string): void;
  readonly progress: Progress;
  /** Asks a yes-or-no question. Resolves to undefined without a terminal. */
  confirm(question: string): Promise<boolean | undefined>;
}

export function processTerminal(): Terminal {
  // Removes a progress bar from the line on which the text is printed.
  const clear = process.stderr.isTTY ? '\r\u001b[K' : '';
  return {
    out: (text) => {
      process.stderr.write(clear);
      process.stdout.write(`${text}\n`);
    },
    note: (text) => void process.stderr.write(`${clear}${text}\n`),
    progress: showProgress(),
    confirm: ask,
  };
}

async function ask(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D reject, and mean "no".
  const answer = await dialogue.question(`${question} (yes/no) `).catch(() => 'no');
  dialogue.close();
  return /^y(es)?$/i.test(answer.trim());
}

/**
 * Runs one command and prints its result.
 *
 * @throws UsageError when the value of an option is invalid
 * @throws Failure when the command failed, or was not carried out completely
 */
export async function execute(
  { command, given, common }: CommandLine,
  terminal: Terminal,
  lifetime: Lifetime,
): Promise<void> {
  const target = chooseTarget(common, process.env, await runningClouds());
  const { out, note, progress, confirm } = terminal;
  note(formatTarget(target));
  try {
    const deployment = await discover(target);
    const clients = clientsOf(deployment.clients);
    const context: Context = {
      deployment,
      clients,
      progress,
      lifetime,
      now: () => new Date(),
      json: common.json === true,
      out,
      note,
      confirm,
    };
    const { text, json, failure } = await command.run(given, context);
    const result = common.json ? JSON.stringify(json, null, 2) : text;
    if (result !== undefined) out(result);
    if (failure !== undefined) throw new Failure(failure);
  } catch (error) {
    throw toFailure(error, target);
  }
}
