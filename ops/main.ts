import { run } from '../cli/run';
import { execute, processTerminal } from './cli';
import { readCommandLine } from './command-line';
import { loadCommands } from './extension';

/** `npm run ops -- <command>`: inspects and repairs a deployed system. */
run(async (lifetime) => {
  const line = readCommandLine(process.argv.slice(2), await loadCommands());
  if (typeof line === 'string') console.log(line);
  else await execute(line, processTerminal(), lifetime);
});
