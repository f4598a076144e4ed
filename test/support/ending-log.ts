import type { Outcome } from '../../lambdas/runtime/delivery';
import type { ConsumerRuntime } from '../../lambdas/runtime/runtime';

/** The outcomes that a test accepts for a message. */
export interface Expectation {
  /** One outcome, or several of which any is accepted. @default processed, or a duplicate */
  readonly expect?: Outcome | readonly Outcome[];
}

const OUTCOMES: ReadonlySet<string> = new Set<Outcome>(['processed', 'duplicate', 'parked', 'deferred', 'retried']);

/** Reads the outcome of a message from the one line that the consumer logs for it. */
export class EndingLog {
  private outcome = 'not logged';
  private fields: { readonly consumer?: string; readonly event?: string; readonly error?: string } = {};

  /** Returns the same runtime, with a log that is also read here. */
  watch(runtime: ConsumerRuntime): ConsumerRuntime {
    const read =
      (write: ConsumerRuntime['log']['info']): ConsumerRuntime['log']['info'] =>
      (message, fields) => {
        if (OUTCOMES.has(message)) {
          this.outcome = message;
          this.fields = fields;
        }
        write(message, fields);
      };
    const { info, warn, error } = runtime.log;
    return { ...runtime, log: { info: read(info), warn: read(warn), error: read(error) } };
  }

  /** @throws Error with the reason unless the message has one of the expected outcomes */
  require({ expect = ['processed', 'duplicate'] }: Expectation): void {
    const expected = [expect].flat();
    if (expected.some((outcome) => outcome === this.outcome)) return;
    const { consumer, event = 'a message', error = 'no error' } = this.fields;
    throw new Error(`${consumer}: ${event} was ${this.outcome}, expected ${expected.join(' or ')} (${error}).`);
  }
}
