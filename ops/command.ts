import type { Lifetime } from '../cli/lifetime';
import type { Options, Values } from '../cli/options';
import type { Progress } from '../cli/progress';
import type { Deployment } from '../deployed/discover';
import type { Runtime } from '../lambdas/runtime/runtime';
import type { Clients } from './clients';

/** A command of `npm run ops`. */
export interface Command<Known extends Options = Options> {
  /** One word or two: `dlq redrive`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Notes for operators, shown in its help. */
  readonly details?: string;
  /** Placeholder of the arguments behind the name, for example `orderId`. @default the command takes no arguments */
  readonly words?: string;
  readonly options: Known;
  readonly examples: readonly string[];
  run(given: Given<Known>, context: Context): Promise<Result>;
}

/** The options and arguments of one call. */
export interface Given<Known extends Options = Options> {
  readonly values: Values<Known>;
  readonly words: readonly string[];
}

/** The dependencies of a command. */
export interface Context {
  readonly deployment: Deployment;
  readonly clients: Clients;
  /** Writes to standard error, because standard output is for the result. */
  readonly progress: Progress;
  readonly lifetime: Lifetime;
  readonly now: () => Date;
  /** The clock of what is published again. @default the real one */
  readonly time?: Pick<Runtime, 'now' | 'sleep' | 'random'>;
  /** Whether the result is for programs (`--json`). */
  readonly json: boolean;
  /** Prints a part of a result that grows on standard output. */
  out(text: string): void;
  /** Prints a remark on standard error. */
  note(text: string): void;
  /** Asks a yes-or-no question. Resolves to undefined without a terminal. */
  confirm(question: string): Promise<boolean | undefined>;
}

/** The result of a command. */
export interface Result {
  /** For people. @default nothing is printed */
  readonly text?: string;
  /** For programs, printed with `--json`. @default nothing is printed */
  readonly json?: unknown;
  /** One sentence about what was not done. The command prints its result and fails. */
  readonly failure?: string;
}

/** Defines a command and infers the types of its options. */
export function defineCommand<const Known extends Options>(command: Command<Known>): Command {
  // Safe: the values passed to `run` are parsed by the command's own options.
  return command as unknown as Command;
}

/** The option of every command that changes something. */
export const dryRun = {
  'dry-run': { type: 'boolean', help: 'Shows what would be done, and does nothing.' },
} as const satisfies Options;

/** The option of every command that sends many messages. */
export const rate = {
  rate: { type: 'string', value: 'n', help: 'Messages per second, at most (100).' },
} as const satisfies Options;
