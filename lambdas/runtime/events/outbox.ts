import type { OutgoingEvent } from './envelope';

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
 * Reads the outbox of a record. Never throws: one broken record must not stop the relay, which reads many records at once.
 *
 * @param json an {@link OutgoingEvent} array as JSON
 */
export function readOutbox(json: string): Outbox {
  let parts: unknown;
  try {
    parts = JSON.parse(json);
  } catch (error) {
    return { events: [], unreadable: [{ content: json, problem: (error as Error).message }] };
  }
  if (!Array.isArray(parts)) return { events: [], unreadable: [{ content: json, problem: 'the outbox is no list' }] };
  return {
    events: parts.filter(isOutgoingEvent),
    unreadable: parts
      .filter((part) => !isOutgoingEvent(part))
      .map((part) => ({ content: JSON.stringify(part), problem: 'a part of the outbox is no event' })),
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
