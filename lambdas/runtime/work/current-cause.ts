import { AsyncLocalStorage } from 'node:async_hooks';
import { continueTrace } from '../events/ids';
import type { Cause } from './unit-of-work';

const causes = new AsyncLocalStorage<Cause>();

/** Runs a unit of work, in which {@link outgoingHeaders} continue the trace and the flow of its cause. */
export function withCause<Result>(cause: Cause, run: () => Promise<Result>): Promise<Result> {
  return causes.run(cause, run);
}

/**
 * Returns headers for HTTP requests to other systems: `traceparent` (W3C Trace Context) continues the trace of the current unit of work,
 * and `x-correlation-id` names its flow. Empty outside a unit of work.
 */
export function outgoingHeaders(): Record<string, string> {
  const cause = causes.getStore();
  if (cause === undefined) return {};
  return { traceparent: continueTrace(cause.traceparent), 'x-correlation-id': cause.correlationId };
}
