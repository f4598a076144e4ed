import { hash, randomUUID } from 'node:crypto';

/** RFC 9562, 4.1: the first two bits of this digit are the variant, the others are free. */
const VARIANTS = '89ab';

/**
 * Derives a UUID from its parts, so that work that is repeated has the same ids.
 * Version 8 of RFC 9562 (custom), from SHA-256.
 */
export function deterministicId(...parts: readonly (string | number)[]): string {
  const hex = hash('sha256', JSON.stringify(parts));
  const variant = VARIANTS[Number.parseInt(hex.charAt(16), 16) % VARIANTS.length];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The fields of a `traceparent` header (W3C Trace Context, 3.2.2): version, trace id, parent id, flags; more in later versions. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;
const ZEROS = /^0+$/;
/** Where the trace id ends in version 00. */
const TRACE_END = 35;

/** Continues a trace with a new span. Starts a new trace when there is none, or when the header is invalid. */
export function continueTrace(traceparent: string | undefined): string {
  // Node draws random numbers for many UUIDs at once. Neither id is all zeros, because both contain the UUID's version or variant.
  const traceId = contextOf(traceparent)?.traceId ?? randomUUID().replaceAll('-', '');
  return `00-${traceId}-${randomUUID().slice(-17).replace('-', '')}-01`;
}

/**
 * Continues a trace with the span of an event, which follows from the event's id, so that the outbox needs only one of them.
 *
 * @param traceparent made by {@link continueTrace}
 */
export function traceEvent(traceparent: string, eventId: string): string {
  return `${traceparent.slice(0, TRACE_END)}-${spanOf(eventId)}-01`;
}

/** The span of an event whose id is a {@link deterministicId}. Not all zeros, because it contains the variant of the UUID. */
export function spanOf(eventId: string): string {
  return eventId.slice(-17).replace('-', '');
}

/** A span's place in its trace (W3C Trace Context). */
export interface SpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

/**
 * Returns the span that a `traceparent` names; undefined when it is invalid. By the specification, version `ff`, ids that are all zeros, and
 * anything after the flags in version `00` are invalid.
 */
export function contextOf(traceparent = ''): SpanContext | undefined {
  const [, version, traceId = '', parentId = '', more] = TRACEPARENT.exec(traceparent) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return ZEROS.test(traceId) || ZEROS.test(parentId) ? undefined : { traceId, spanId: parentId };
}
