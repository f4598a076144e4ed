import { randomBytes } from 'node:crypto';
import { contextOf, type SpanContext } from './events/ids';

/** What one function did for one cause, in the terms of OpenTelemetry's trace API. Times are milliseconds since 1970. */
export interface Span extends SpanContext {
  /** The span that caused it. */
  readonly parentSpanId?: string;
  /** The function, or the event that it emitted. */
  readonly name: string;
  /** OpenTelemetry's span kind. */
  readonly kind: 'server' | 'producer' | 'consumer' | 'internal';
  /** When it began. */
  readonly start: number;
  /** When it ended. */
  readonly end: number;
  /** By OpenTelemetry's semantic conventions for messaging. */
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Why it failed; undefined when it succeeded. */
  readonly error?: string;
  /** Spans of other traces that this one joins. */
  readonly links?: readonly SpanContext[];
}

/** Collects spans and exports them. */
export interface Spans {
  /** Keeps a span until the next flush. */
  add(span: Span): void;
  /** Exports the spans since the last flush. Called once for each invocation. Never throws. */
  flush(): Promise<void>;
}

/** Returns a span that joins the traces of a batch's messages, by links; undefined for fewer than two messages. */
export function batchSpan(
  consumer: string,
  traceparents: readonly (string | undefined)[],
  { start, end }: Pick<Span, 'start' | 'end'>,
): Span | undefined {
  const links = traceparents.flatMap((one) => contextOf(one) ?? []);
  if (links.length < 2) return undefined;
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: `${consumer} batch`,
    kind: 'consumer',
    start,
    end,
    attributes: { 'messaging.batch.message_count': traceparents.length },
    links,
  };
}
