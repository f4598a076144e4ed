import { parseArgs } from 'node:util';
import { messageOf } from '../cli/failure';
import { wholeNumber } from '../cli/options';
import type { Command, Given, Option, Options, Values } from './command';

/** The command line makes no sense: what is wrong with it, and how it would. Ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The options of every command. */
export const common = {
  stage: { type: 'string', value: 'name', help: 'dev or prod, on AWS; else the local cloud.' },
  region: { type: 'string', value: 'name', help: 'The AWS region; else that of your environment.' },
  port: { type: 'string', value: 'n', help: 'Which local cloud, when several are running.' },
  json: { type: 'boolean', help: 'The result as JSON on standard output.' },
  help: { type: 'boolean', help: 'This text.' },
} as const satisfies Options;

/** A command line, understood. */
export interface Line {
  readonly command: Command;
  readonly given: Given;
  readonly common: Values<typeof common>;
}

/**
 * Reads a command line.
 *
 * @returns the text to show instead, when help is asked for
 * @throws UsageError
 */
export function readLine(argv: readonly string[], commands: readonly Command[]): Line | string {
  if (argv[0] === undefined || argv[0] === '--help' || argv[0] === 'help') return overview(commands);
  const command = commands.find(({ name }) => name.split(' ').every((word, index) => argv[index] === word));
  if (command === undefined) return groupHelp(argv, commands);
  const { values, positionals } = parse(argv.slice(command.name.split(' ').length), command);
  if (values.help === true) return helpOf(command);
  if (positionals.length > 0 && command.words === undefined) {
    throw new UsageError(`"${positionals[0]}" is too much. ${seeHelp(command.name)}`);
  }
  return { command, given: { values, words: positionals }, common: values };
}

/** `dlq --help` lists the commands that begin with `dlq`. */
function groupHelp([first, second]: readonly string[], commands: readonly Command[]): string {
  const group = commands.filter(({ name }) => name.split(' ')[0] === first);
  if (group.length > 0 && second === '--help') return overview(group);
  if (group.length > 0) {
    const names = group.map(({ name }) => `"${name}"`).join(', ');
    throw new UsageError(`${first} is not enough: ${names}.`);
  }
  throw new UsageError(`There is no command "${first}". ${seeHelp()}`);
}

function parse(args: readonly string[], command: Command) {
  try {
    const options = { ...command.options, ...common };
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: values as Values<Options> & Values<typeof common>, positionals };
  } catch (error) {
    // Node's advice on words that begin with a dash takes two more sentences.
    throw new UsageError(`${messageOf(error).split('. ')[0]}. ${seeHelp(command.name)}`);
  }
}

function seeHelp(command = ''): string {
  return `See: npm run ops -- ${command}${command && ' '}--help`;
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return ['Usage: npm run ops -- <command> [options]', '', ...lines, '', ...optionHelp(common)].join('\n');
}

function helpOf({ name, words, summary, details, options, examples }: Command): string {
  return [
    `Usage: npm run ops -- ${name}${words ? ` [${words} …]` : ''} [options]`,
    '',
    summary,
    ...(details ? ['', details] : []),
    '',
    ...optionHelp({ ...options, ...common }),
    '',
    ...examples.map((example) => `  npm run ops -- ${example}`),
  ].join('\n');
}

function optionHelp(options: Options): string[] {
  const entries = Object.entries(options).map(([name, option]) => [flag(name, option), option.help] as const);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, help]) => `  ${name.padEnd(width)}  ${help}`);
}

function flag(name: string, { value, multiple }: Option): string {
  return `--${name}${value ? ` <${value}>` : ''}${multiple ? ' …' : ''}`;
}

const DEFAULT_RATE = 100;
const MAX_RATE = 10_000;

/** How many per second. */
export function rateOf(text: string | undefined): number {
  return text === undefined ? DEFAULT_RATE : countOf('--rate', text, MAX_RATE);
}

/** A whole number from 1. @throws UsageError */
export function countOf(option: string, text: string, most: number = Number.MAX_SAFE_INTEGER): number {
  try {
    return wholeNumber(option, text, 1, most);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}
