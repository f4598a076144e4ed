import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Failure, messageOf } from './failure';

/** The port that AWS emulators use when nothing else is said. */
const DEFAULT_PORT = 4566;

/**
 * A command's options.
 *
 * @param usage - one line, shown when an option is wrong
 */
export function readOptions<Options extends NonNullable<ParseArgsConfig['options']>>(
  options: Options,
  usage: string,
  args = process.argv.slice(2),
) {
  try {
    return parseArgs({ options, args }).values;
  } catch (error) {
    throw new Failure(`${messageOf(error)}. Usage: ${usage}`);
  }
}

/** The port of the local cloud: `--port`, or the environment's `PORT`, or 4566. */
export function portOf(option: string | undefined): number {
  return wholeNumber('--port', option ?? process.env.PORT ?? String(DEFAULT_PORT), 1, 65_535);
}

/** @throws Failure when it isn't a whole number between the two */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Failure(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
}
