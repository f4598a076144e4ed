import { constants } from 'node:os';
import { Failure, UsageError } from './failure';
import { Lifetime } from './lifetime';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal sends Ctrl-C to this process and to npm, which forwards it: two signals within this time are one key press. */
const SAME_KEY_PRESS_MS = 1_000;

const PARENT_CHECK_MS = 1_000;

/**
 * Runs a command, stops what it registered on its lifetime, and exits.
 *
 * Exit codes: 0 success, or standard output or error was closed by its reader; 1 failure; 2 wrong command line;
 * 128 + n signal n.
 */
export async function run(command: (lifetime: Lifetime) => Promise<void>): Promise<never> {
  const lifetime = new Lifetime();
  const interrupted = new Promise<number>((resolve) => {
    onSignal(resolve);
    onParentExit(() => resolve(1));
    onOutputClosed(() => resolve(0));
    process.on('uncaughtException', (error) => resolve(printError(error)));
    void lifetime.failed.then((error) => resolve(printError(error)));
  });
  const finished = command(lifetime).then(
    () => 0,
    (error) => (lifetime.signal.aborted ? 1 : printError(error)),
  );
  const code = await Promise.race([interrupted, finished]);
  await lifetime.end();
  process.exit(code);
}

function onSignal(listener: (exitCode: number) => void): void {
  let first: number | undefined;
  for (const signal of SIGNALS) {
    const code = 128 + constants.signals[signal];
    process.on(signal, () => {
      if (first !== undefined && Date.now() - first > SAME_KEY_PRESS_MS) process.exit(code);
      first ??= Date.now();
      listener(code);
    });
  }
}

/** Detects that npm was killed with SIGKILL, which it cannot forward. */
function onParentExit(listener: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && listener(), PARENT_CHECK_MS).unref();
}

/**
 * Detects that the reader of a pipe has exited, as in `npm start | head -4`. The listeners stay: without them, each further
 * write would throw an uncaught EPIPE, and printing that error would throw the next one.
 */
function onOutputClosed(listener: () => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      listener();
    });
  }
}

/** @returns the exit code */
function printError(error: unknown): number {
  if (error instanceof Failure) console.error(`\n${error.message}`);
  else if (error instanceof UsageError) console.error(error.message);
  else console.error(error);
  return error instanceof UsageError ? 2 : 1;
}
