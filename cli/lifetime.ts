import { constants } from 'node:os';
import { Failure, messageOf } from './failure';

/** What a command has started and must take with it when it ends, whatever ends it. */
export class Lifetime {
  readonly #controller = new AbortController();
  readonly #cleanups: (() => void | Promise<void>)[] = [];
  #ended: Promise<void> | undefined;
  #fail: (error: Error) => void = () => {};

  /** Resolves when something that must run all the time has failed. */
  readonly failed = new Promise<Error>((resolve) => {
    this.#fail = resolve;
  });

  /** Aborted when the end has begun: give it to whatever runs long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the command with this error, unless it is ending anyway. */
  fail(error: Error): void {
    if (!this.signal.aborted) this.#fail(error);
  }

  /** Calls `cleanup` at the end; the last thing started is the first to be stopped. */
  onEnd(cleanup: () => void | Promise<void>): void {
    this.#cleanups.unshift(cleanup);
  }

  /** Stops everything, once. A cleanup that fails doesn't keep the others from running. */
  end(): Promise<void> {
    this.#ended ??= this.#stopAll();
    return this.#ended;
  }

  async #stopAll(): Promise<void> {
    this.#controller.abort();
    for (const cleanup of this.#cleanups) {
      try {
        await cleanup();
      } catch (error) {
        console.error(`While stopping: ${messageOf(error)}`);
      }
    }
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal's Ctrl-C reaches this process twice, from the kernel and from npm or tsx: only a later one means "now". */
const IMPATIENCE_MS = 1_000;

/**
 * Runs a command to its end and exits with its code: 0, 1 after a failure, or 128 and the signal's number.
 * What the command put on its lifetime is stopped in each of these cases.
 */
export async function run(command: (lifetime: Lifetime) => Promise<void>): Promise<never> {
  const lifetime = new Lifetime();
  const interrupted = new Promise<number>((resolve) => {
    watchSignals(resolve);
    watchParent(() => resolve(1));
    process.on('uncaughtException', (error) => resolve(report(error)));
    void lifetime.failed.then((error) => resolve(report(error)));
  });
  const finished = command(lifetime).then(
    () => 0,
    (error) => (lifetime.signal.aborted ? 1 : report(error)),
  );
  const code = await Promise.race([interrupted, finished]);
  await lifetime.end();
  process.exit(code);
}

function watchSignals(onSignal: (code: number) => void): void {
  let first: number | undefined;
  for (const signal of SIGNALS) {
    const code = 128 + constants.signals[signal];
    process.on(signal, () => {
      if (first !== undefined && Date.now() - first > IMPATIENCE_MS) process.exit(code);
      first ??= Date.now();
      onSignal(code);
    });
  }
}

/** npm and tsx stand between the terminal and this process: killed with SIGKILL, they pass nothing on. */
function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && onGone(), 1_000).unref();
}

function report(error: unknown): number {
  if (error instanceof Failure) console.error(`\n${error.message}`);
  else console.error(error);
  return 1;
}
