import { UsageError } from './failure';
import { formatHelp } from './help';
import type { Lifetime } from './lifetime';
import { helpOption, type Options, parseOptions, seeHelp, type Values } from './options';
import { run } from './run';

/** A command with options and no subcommands. */
export interface Program<Known extends Options> {
  /** As the user types it: `npm start --`. */
  readonly command: string;
  /** One sentence for the help text. */
  readonly summary: string;
  readonly options: Known;
  readonly examples?: readonly string[];
}

/**
 * Runs a program with the options of this process, until it has finished. `--help` prints the usage on standard output and
 * exits with 0.
 *
 * @example
 * runProgram({ command: 'npm start --', summary: 'Starts …', options: portOption }, async ({ port }, lifetime) => { … });
 */
export function runProgram<const Known extends Options>(
  { command, summary, options, examples }: Program<Known>,
  main: (values: Values<Known>, lifetime: Lifetime) => Promise<void>,
): Promise<never> {
  const all = { ...options, ...helpOption };
  return run(async (lifetime) => {
    const { values, positionals } = parseOptions(command, all, process.argv.slice(2));
    if (positionals.length > 0) throw new UsageError(`Unexpected argument "${positionals[0]}". ${seeHelp(command)}`);
    if (values.help === true) {
      console.log(formatHelp({ usage: command, summary, options: all, examples }));
      return;
    }
    await main(values, lifetime);
  });
}
