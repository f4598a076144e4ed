import type { Span, Spans } from '../spans';
import { variables } from './settings';

/** An exporter that is slow must not slow down the functions. Milliseconds. */
const TIMEOUT = 1_000;
/** Spans that are kept until the next flush. */
const MAX_SPANS = 1_000;

/** OpenTelemetry Protocol 1.x, `trace.proto`: SpanKind and Status. */
const KINDS = { internal: 1, server: 2, producer: 4, consumer: 5 } as const;
const STATUS_ERROR = 2;

/** Returns the exporter to the endpoint in the environment; undefined when there is none, and nothing is collected. */
export function otlpFromSettings(): Spans | undefined {
  const endpoint = process.env[variables.otlpEndpoint];
  if (!endpoint) return undefined;
  const { [variables.service]: service = '', [variables.stage]: stage = '' } = process.env;
  return otlpExporter(endpoint, { 'service.name': service, 'deployment.environment.name': stage });
}

/**
 * Exports spans by the OpenTelemetry Protocol over HTTP, as JSON. Spans that the endpoint does not take within a second are lost.
 *
 * @param endpoint the base URL of a collector, such as `http://localhost:4318`
 * @param resource attributes of all spans
 */
export function otlpExporter(endpoint: string, resource: Readonly<Record<string, string>>): Spans {
  let spans: Span[] = [];
  return {
    add: (span) => {
      if (spans.length < MAX_SPANS) spans.push(span);
    },
    flush: async () => {
      if (spans.length === 0) return;
      const body = JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: attributesOf(resource) },
            scopeSpans: [{ scope: { name: 'event-broker' }, spans: spans.map(toOtlp) }],
          },
        ],
      });
      spans = [];
      try {
        const headers = { 'content-type': 'application/json' };
        const signal = AbortSignal.timeout(TIMEOUT);
        const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
        await (await fetch(url, { method: 'POST', headers, body, signal })).arrayBuffer();
      } catch {
        // Work must not fail because it cannot be observed.
      }
    },
  };
}

function toOtlp({ kind, start, end, attributes, error, links = [], ...rest }: Span) {
  return {
    ...rest,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(start),
    endTimeUnixNano: nanoseconds(end),
    attributes: attributesOf(attributes),
    links,
    ...(error !== undefined && { status: { code: STATUS_ERROR, message: error } }),
  };
}

/** Protobuf's JSON has 64-bit integers as text. */
function nanoseconds(milliseconds: number): string {
  return `${Math.round(milliseconds)}000000`;
}

function attributesOf(values: Readonly<Record<string, string | number>>) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}
