import { createInterface } from 'node:readline/promises';
import { Failure } from '../cli/failure';
import type { Lifetime } from '../cli/lifetime';
import { type Progress, showProgress } from '../cli/progress';
import { discover } from '../deployed/discover';
import { runningClouds } from '../deployed/local-clouds';
import { clientsOf } from './clients';
import type { Context } from './command';
import { oneSentence } from './sdk-errors';
import { chooseTarget, describeTarget } from './target';
import type { Line } from './usage';

/** What a command line is connected to. */
export interface Terminal {
  /** Standard output. */
  out(text: string): void;
  /** Standard error. */
  note(text: string): void;
  readonly progress: Progress;
  confirm(question: string): Promise<boolean | undefined>;
}

export function processTerminal(): Terminal {
  // A progress bar may be standing where the text is to go.
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
  // Ctrl-C and Ctrl-D are answers, too.
  const answer = await dialogue.question(`${question} (yes/no) `).catch(() => 'no');
  dialogue.close();
  return /^y(es)?$/i.test(answer.trim());
}

/**
 * Does what a command line says.
 *
 * @throws UsageError when an option's value makes no sense
 * @throws Failure when it cannot be done, or was not done in full
 */
export async function execute({ command, given, common }: Line, terminal: Terminal, lifetime: Lifetime): Promise<void> {
  const target = chooseTarget(common, process.env, await runningClouds());
  // The SDK's clients are made in several places, all without a region.
  if (target.region !== undefined) process.env.AWS_REGION = target.region;
  terminal.note(describeTarget(target));
  try {
    const deployment = await discover(target.endpoint, target.stage);
    const { note, progress, confirm } = terminal;
    const clients = clientsOf(target.endpoint);
    const context: Context = { deployment, clients, progress, lifetime, now: () => new Date(), note, confirm };
    const { text, json, failure } = await command.run(given, context);
    terminal.out(common.json ? JSON.stringify(json, null, 2) : text);
    if (failure !== undefined) throw new Failure(failure);
  } catch (error) {
    throw oneSentence(error, target);
  }
}
