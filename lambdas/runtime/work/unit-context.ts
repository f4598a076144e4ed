import type { Runtime } from '../runtime';
import type { OutgoingCall } from './outgoing-call';

/** The unit of work that is running. */
export interface Current {
  /** The flow of its cause. */
  readonly correlationId: string;
  readonly work: {
    /** W3C Trace Context. */
    readonly traceparent: string;
  };
  /** The requests that it has sent so far. */
  readonly calls: OutgoingCall[];
  readonly now: Runtime['now'];
}

/** Runs a unit of work so that code inside can find it. */
type Run = <Result>(current: Current, run: () => Promise<Result>) => Promise<Result>;

let runInside: Run = (_current, run) => run();

/** Runs a unit of work, in which `outgoingHeaders` continue its trace and flow, and `recordCall` adds to its calls. */
export function withCause<Result>(current: Current, run: () => Promise<Result>): Promise<Result> {
  return runInside(current, run);
}

/**
 * Sets how units of work run. Only the code that sends requests does, so that the bundles of the other functions have no `AsyncLocalStorage`,
 * with which Node 20 runs a hook for every promise.
 */
export function runUnitsWith(run: Run): void {
  runInside = run;
}
