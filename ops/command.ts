import type { Lifetime } from '../cli/lifetime';
import type { Progress } from '../cli/progress';
import type { Deployment } from '../deployed/discover';
import type { Clients } from './clients';

/** An option of a command: as `util.parseArgs` takes it, and what it is good for. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** May be given more than once. */
  readonly multiple?: boolean;
  /** What stands for its value in the help, e.g. `orderId`. */
  readonly value?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** What was given for a command's options. */
export type Values<Known extends Options> = {
  readonly [Name in keyof Known]?: Known[Name] extends { multiple: true }
    ? readonly string[]
    : Known[Name] extends { type: 'boolean' }
      ? boolean
      : string;
};

/** One of the things that operators can do. */
export interface Command<Known extends Options = Options> {
  /** One word or two: `dlq redrive`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Whatever else one has to know before using it. */
  readonly details?: string;
  /** What the words behind the name are, e.g. `orderId`; a command without takes none. */
  readonly words?: string;
  readonly options: Known;
  readonly examples: readonly string[];
  run(given: Given<Known>, context: Context): Promise<Result>;
}

export interface Given<Known extends Options = Options> {
  readonly values: Values<Known>;
  readonly words: readonly string[];
}

/** What a command works with. */
export interface Context {
  readonly deployment: Deployment;
  readonly clients: Clients;
  /** On standard error: standard output is for the result alone. */
  readonly progress: Progress;
  readonly lifetime: Lifetime;
  readonly now: () => Date;
  /** Says something that is no result. */
  note(text: string): void;
  /** Asks a yes-or-no question; undefined where there is nobody to answer. */
  confirm(question: string): Promise<boolean | undefined>;
}

/** What a command has found or done. */
export interface Result {
  /** For people. */
  readonly text: string;
  /** For programs: with `--json`. */
  readonly json: unknown;
  /** What was not done, in one sentence: the command then fails, after it has shown its result. */
  readonly failure?: string;
}

/** Gives `run` the types of the options. */
export function defineCommand<const Known extends Options>(command: Command<Known>): Command {
  // Its options were read by its own description of them.
  return command as unknown as Command;
}

/** The option of every command that changes something. */
export const dryRun = {
  'dry-run': { type: 'boolean', help: 'Say what would be done, and do nothing.' },
} as const satisfies Options;

/** The option of every command that could flood what is behind it. */
export const rate = {
  rate: { type: 'string', value: 'n', help: 'At most so many per second (100).' },
} as const satisfies Options;
