import { contextOf } from '../events/ids';
import type { Span } from '../spans';
import type { Cause, UnitOfWork, Worker } from './unit-of-work';

interface Outcome {
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly error?: string;
}

/** Returns the span of a unit of work, and one for each event that it emitted. The consumers' spans are children of those. */
export function workSpans(
  { consumer, kind }: Pick<Worker, 'consumer' | 'kind'>,
  cause: Cause,
  { traceparent, correlationId, events }: Pick<UnitOfWork, 'traceparent' | 'correlationId' | 'events'>,
  { start, end, error }: Outcome,
): Span[] {
  const own = contextOf(traceparent);
  if (own === undefined) return [];
  const ids = { 'messaging.message.conversation_id': correlationId };
  const parentSpanId = contextOf(cause.traceparent)?.spanId;
  const work: Span = {
    ...own,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name: consumer,
    kind: kind ?? 'internal',
    start,
    end,
    attributes: { ...ids, 'messaging.message.id': cause.id },
    ...(error !== undefined && { error }),
  };
  // Nothing is emitted by work that failed.
  const emitted = error === undefined ? events : [];
  const sent = emitted.flatMap(({ name, detail }): Span[] => {
    const context = contextOf(detail.metadata.traceparent);
    if (context?.traceId !== own.traceId) return [];
    const attributes = { ...ids, 'messaging.message.id': detail.metadata.id };
    return [{ ...context, parentSpanId: own.spanId, name, kind: 'producer', start: end, end, attributes }];
  });
  return [work, ...sent];
}
