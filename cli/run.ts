import { constants } from 'node:os';
import { Failure, UsageError } from './failure';
import { Lifetime } from './lifetime';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal sends Ctrl-C to this process and to npm, which forwards it: two signals within this time are one key press. */
const SAME_KEY_PRESS_MS = 1_000;

const PARENT_CHECK_MS = 1_000;

/** How a command ends. */
interface End {
  readonly code: number;
  /** Printed when everything has stopped, so that no other line follows it. */
  readonly error?: unknown;
}

/**
 * Runs a command, stops what it registered on its lifetime, prints its error, and exits.
 *
 * Exit codes: 0 success, or standard output or error was closed by its reader; 1 failure; 2 wrong command line;
 * 128 + n signal n.
 */
export async function run(command: (lifetime: Lifetime) => Promise<void>): Promise<never> {
  const lifetime = new Lifetime();
  const interrupted = new Promise<End>((resolve) => {
    onSignal((code) => resolve({ code }));
    onParentExit(() => resolve({ code: 1 }));
    onOutputClosed(() => resolve({ code: 0 }));
    process.on('uncaughtException', (error) => resolve(failedWith(error)));
    void lifetime.failed.then((error) => resolve(failedWith(error)));
  });
  const finished = command(lifetime).then<End, End>(
    () => ({ code: 0 }),
    (error) => (lifetime.signal.aborted ? { code: 1 } : failedWith(error)),
  );
  const { code, error } = await Promise.race([interrupted, finished]);
  await lifetime.end();
  if (error !== undefined) printError(error);
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

function failedWith(error: unknown): End {
  return { code: error instanceof UsageError ? 2 : 1, error };
}

function printError(error: unknown): void {
  if (error instanceof Failure) console.error(`\n${error.message}`);
  else if (error instanceof UsageError) console.error(error.message);
  else console.error(error);
}
