import type { Metadata, OutgoingEvent } from './envelope';
import { contextOf, deterministicId, spanOf } from './ids';

/** The attributes of a record that its outbox is read with. */
export interface OutboxRecord {
  /** `<consumer>#<id of the event or request>` */
  readonly id: string;
  readonly correlationId?: string;
  /** ISO 8601, UTC. */
  readonly processedAt?: string;
  /** As {@link writeOutbox} writes it, or parsed. @default nothing was emitted */
  readonly outbox?: unknown;
}

/** A part of an outbox that is not an event of this system. */
export interface Unreadable {
  /** The part as it is stored: JSON, or any other text. */
  readonly content: string;
  readonly problem: string;
}

/** The events of an outbox in their order, and the parts that are no events. */
export interface Outbox {
  readonly events: readonly OutgoingEvent[];
  readonly unreadable: readonly Unreadable[];
}

/**
 * An event in an outbox, without what it shares with its record, without its id, which follows from the record and its position, and without
 * the version, if it is 1.
 */
interface Entry extends Pick<OutgoingEvent, 'name' | 'channel' | 'due' | 'group'>, Partial<Pick<Metadata, 'version'>> {
  readonly data: unknown;
}

/**
 * Writes an event for the outbox of its record, which has the source, the correlation and causation ids and the time already. An item's
 * size is paid for at every write, and most records fit into 1 KB this way.
 *
 * @param again whether the event was emitted before. It is written in full, because its ids are those of another record
 */
export function writeEntry({ name, channel, due, group, detail }: OutgoingEvent, again: boolean): string {
  const { metadata, data } = detail;
  // Only reminders are due.
  const route = due === undefined ? channel : undefined;
  if (again) return JSON.stringify({ name, channel: route, due, group, metadata, data });
  const version = metadata.version === 1 ? undefined : metadata.version;
  const entry: Entry = { name, version, channel: route, due, group, data };
  return JSON.stringify(entry);
}

/**
 * Returns the id of an event that a unit of work emits, the same in every run.
 *
 * @param position its place in the outbox, from 0
 */
export function eventId(consumer: string, causeId: string, position: number): string {
  return deterministicId(consumer, causeId, position);
}

/** Writes an outbox. @param entries made by {@link writeEntry} */
export function writeOutbox(traceparent: string, entries: readonly string[]): string {
  return `{"trace":"${contextOf(traceparent)?.traceId ?? ''}","events":[${entries.join()}]}`;
}

/**
 * Reads the outbox of a record. Never throws: one broken record must not stop the relay, which reads many records at once.
 *
 * Records of earlier versions have an {@link OutgoingEvent} array as JSON.
 */
export function readOutbox(record: OutboxRecord): Outbox {
  const { outbox } = record;
  if (outbox === undefined) return { events: [], unreadable: [] };
  let stored = outbox;
  try {
    if (typeof outbox === 'string') stored = JSON.parse(outbox);
  } catch (error) {
    return { events: [], unreadable: [{ content: String(outbox), problem: (error as Error).message }] };
  }
  const { trace, events: entries } = fieldsOf(stored);
  const parts = Array.isArray(entries)
    ? entries.map((entry, position) => toEvent(entry, position, trace, record))
    : stored;
  if (!Array.isArray(parts)) {
    const content = typeof outbox === 'string' ? outbox : JSON.stringify(outbox);
    return { events: [], unreadable: [{ content, problem: 'the outbox is no list' }] };
  }
  const unreadable: Unreadable[] = [];
  const events = parts.filter((part, index): part is OutgoingEvent => {
    if (isOutgoingEvent(part)) return true;
    const content = JSON.stringify(Array.isArray(entries) ? entries[index] : part);
    unreadable.push({ content, problem: 'a part of the outbox is no event' });
    return false;
  });
  return { events, unreadable };
}

function toEvent(
  entry: unknown,
  position: number,
  trace: unknown,
  { id: key, correlationId, processedAt }: OutboxRecord,
): unknown {
  const { name, version = 1, due, channel = due && 'reminder', group, metadata, data, ...earlier } = fieldsOf(entry);
  const [consumer, causationId] = [key.slice(0, key.indexOf('#')), key.slice(key.indexOf('#') + 1)];
  // Records of earlier versions have the id and the span.
  const id = earlier.id ?? (metadata ? undefined : eventId(consumer, causationId, position));
  const traceparent = `00-${trace}-${earlier.span ?? spanOf(String(id))}-01`;
  return {
    source: consumer.slice(0, consumer.indexOf('.')),
    name,
    detail: {
      metadata: metadata ?? { id, version, correlationId, causationId, occurredAt: processedAt, traceparent },
      data,
    },
    ...(channel !== undefined && { channel }),
    ...(due !== undefined && { due }),
    ...(group !== undefined && { group }),
  };
}

/** Whether a value has all that publishing reads. Not a schema: the relay's bundle carries no validation library. */
function isOutgoingEvent(value: unknown): value is OutgoingEvent {
  const { source, name, channel, due, detail } = fieldsOf(value);
  const { id, correlationId, occurredAt } = fieldsOf(fieldsOf(detail).metadata);
  return (
    [source, name, id, correlationId].every((text) => typeof text === 'string') &&
    (channel === undefined || typeof channel === 'string') &&
    (due === undefined || isTime(due)) &&
    isTime(occurredAt)
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
