import { parseArgs } from 'node:util';
import { messageOf, UsageError } from './failure';

/** An option as `util.parseArgs` takes it, with its help. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** Whether the option may be repeated. @default false */
  readonly multiple?: boolean;
  /** Placeholder of the value in the help text, for example `port`. */
  readonly value?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** The values of a command's options. */
export type Values<Known extends Options> = {
  readonly [Name in keyof Known]?: Known[Name] extends { multiple: true }
    ? readonly string[]
    : Known[Name] extends { type: 'boolean' }
      ? boolean
      : string;
};

/** The port on which AWS emulators listen by default. */
const DEFAULT_PORT = 4566;

/** The option of every command that may start a local cloud. */
export const portOption = {
  port: {
    type: 'string',
    value: 'port',
    help: `Port of the local cloud (PORT in the environment, or ${DEFAULT_PORT}).`,
  },
} as const satisfies Options;

export const helpOption = { help: { type: 'boolean', help: 'Shows this text.' } } as const satisfies Options;

/**
 * Parses the arguments of a command.
 *
 * @param command - as the user typed it, for example `npm start --`
 * @throws UsageError that names the wrong option and the command that shows the help
 */
export function parseOptions<Known extends Options>(
  command: string,
  options: Known,
  args: readonly string[],
): { values: Values<Known>; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args: joinNumbers(args), options, allowPositionals: true });
    return { values: values as Values<Known>, positionals };
  } catch (error) {
    // Node adds two sentences about arguments that begin with a dash.
    throw new UsageError(`${messageOf(error).split('. ')[0]}. ${seeHelp(command)}`);
  }
}

/** Joins a negative number to its option: Node would take `-5` for another option, and explain that in three sentences. */
function joinNumbers(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? '';
    if (/^-\d/.test(arg) && /^--[^=]+$/.test(before)) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

export function seeHelp(command: string): string {
  return `See: ${command} --help`;
}

/** Returns the port of the local cloud: `--port`, else `PORT` in the environment, else 4566. @throws UsageError */
export function portOf(option: string | undefined): number {
  return wholeNumber('--port', option ?? process.env.PORT ?? String(DEFAULT_PORT), 1, 65_535);
}

/** Parses a whole number. @throws UsageError when the text is no whole number from `least` to `most` */
export function wholeNumber(name: string, text: string, least = 1, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
  throw new UsageError(`${name} must be a whole number, ${range}, not "${text}".`);
}
