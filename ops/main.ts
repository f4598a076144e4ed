import { run } from '../cli/lifetime';
import { execute, processTerminal } from './cli';
import { commands } from './commands';
import { type Line, readLine, UsageError } from './usage';

/** `npm run ops -- <command>`: see, repair and repeat what happens in a deployed system. */
const line = read();
const terminal = processTerminal();
run((lifetime) => execute(line, terminal, lifetime).catch(exitOnUsageError));

function read(): Line {
  try {
    const understood = readLine(process.argv.slice(2), commands);
    if (typeof understood !== 'string') return understood;
    console.log(understood);
    process.exit(0);
  } catch (error) {
    exitOnUsageError(error);
  }
}

/** By convention, 2 says that the command line is wrong and nothing was done. */
function exitOnUsageError(error: unknown): never {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exit(2);
}
