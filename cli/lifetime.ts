import { messageOf } from './failure';

/** Stops everything that a command has started when the command ends, for whatever reason it ends. */
export class Lifetime {
  readonly #controller = new AbortController();
  readonly #cleanups: (() => void | Promise<void>)[] = [];
  #ended: Promise<void> | undefined;
  #fail: (error: Error) => void = () => {};

  /** Resolves with the first error passed to {@link fail}. */
  readonly failed = new Promise<Error>((resolve) => {
    this.#fail = resolve;
  });

  /** Aborts as soon as the command begins to end. Pass it to long-running calls. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the command with an error. Has no effect once the command is ending. */
  fail(error: Error): void {
    if (!this.signal.aborted) this.#fail(error);
  }

  /** Registers a cleanup. Cleanups run in reverse order of registration. */
  onEnd(cleanup: () => void | Promise<void>): void {
    this.#cleanups.unshift(cleanup);
  }

  /** Runs all cleanups, once. A failing cleanup does not prevent the others. */
  end(): Promise<void> {
    this.#ended ??= this.#runCleanups();
    return this.#ended;
  }

  async #runCleanups(): Promise<void> {
    this.#controller.abort();
    for (const cleanup of this.#cleanups) {
      try {
        await cleanup();
      } catch (error) {
        console.error(`A cleanup failed: ${messageOf(error)}`);
      }
    }
  }
}
