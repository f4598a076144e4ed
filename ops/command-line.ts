import { UsageError } from '../cli/failure';
import { formatHelp, formatOptions } from '../cli/help';
import { helpOption, type Options, parseOptions, seeHelp, type Values, wholeNumber } from '../cli/options';
import type { Command, Given } from './command';

const OPS = 'npm run ops --';

/** The options of every command. */
export const commonOptions = {
  stage: { type: 'string', value: 'name', help: 'A stage on AWS, such as dev or prod. Without it: the local cloud.' },
  region: { type: 'string', value: 'name', help: 'The AWS region. Without it: the region of your environment.' },
  port: { type: 'string', value: 'port', help: 'Port of the local cloud, if several are running.' },
  json: { type: 'boolean', help: 'Prints the result as JSON on standard output.' },
  ...helpOption,
} as const satisfies Options;

/** A parsed command line. */
export interface CommandLine {
  readonly command: Command;
  readonly given: Given;
  readonly common: Values<typeof commonOptions>;
}

/**
 * Parses a command line.
 *
 * @returns the help text instead, when the command line asks for help
 * @throws UsageError
 */
export function readCommandLine(argv: readonly string[], commands: readonly Command[]): CommandLine | string {
  if (argv[0] === undefined || argv[0] === '--help' || argv[0] === 'help') return formatOverview(commands);
  const command = findCommand(argv, commands);
  if (command === undefined) return groupHelp(argv, commands);
  const { name, words, options } = command;
  const all = { ...options, ...commonOptions };
  const { values, positionals } = parseOptions(`${OPS} ${name}`, all, argv.slice(wordsOf(name).length));
  if (values.help === true) return formatCommandHelp(command, all);
  if (positionals.length > 0 && words === undefined) {
    throw new UsageError(`Unexpected argument "${positionals[0]}". ${seeHelp(`${OPS} ${name}`)}`);
  }
  return { command, given: { values, words: positionals }, common: values };
}

/** `orders show` is preferred to `orders`. */
function findCommand(argv: readonly string[], commands: readonly Command[]): Command | undefined {
  const matching = commands.filter(({ name }) => wordsOf(name).every((word, index) => argv[index] === word));
  return matching.sort((a, b) => wordsOf(b.name).length - wordsOf(a.name).length)[0];
}

function wordsOf(name: string): string[] {
  return name.split(' ');
}

/** `dlq --help` lists the commands that begin with `dlq`. */
function groupHelp([first, second]: readonly string[], commands: readonly Command[]): string {
  const group = commands.filter(({ name }) => wordsOf(name)[0] === first);
  if (group.length > 0 && second === '--help') return formatOverview(group);
  if (group.length > 0) {
    const names = group.map(({ name }) => `"${name}"`).join(', ');
    throw new UsageError(`"${[first, second].filter(Boolean).join(' ')}" is not a command. Use one of ${names}.`);
  }
  throw new UsageError(`There is no command "${first}". ${seeHelp(OPS)}`);
}

function formatOverview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [`Usage: ${OPS} <command> [options]`, '', ...lines, '', ...formatOptions(commonOptions)].join('\n');
}

function formatCommandHelp({ name, words, summary, details, examples }: Command, options: Options): string {
  const usage = `${OPS} ${name}${words ? ` [${words} …]` : ''}`;
  return formatHelp({ usage, summary, details, options, examples: examples.map((one) => `${OPS} ${one}`) });
}

const DEFAULT_RATE = 100;
const MAX_RATE = 10_000;

/** Parses `--rate`. @returns messages per second, 100 by default @throws UsageError */
export function rateOf(text: string | undefined): number {
  return text === undefined ? DEFAULT_RATE : wholeNumber('--rate', text, 1, MAX_RATE);
}
