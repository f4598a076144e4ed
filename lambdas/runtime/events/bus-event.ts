import type { Detail, OutgoingEvent } from './envelope';

/** An event as every channel delivers it to a queue: the fields of an EventBridge event that this system reads. */
export interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Detail;
  /** Of reminders: the due time. ISO 8601, UTC. */
  readonly due?: string;
}

/** Converts an event of an outbox to the shape in which channels deliver it. */
export function toBusEvent({ source, name, detail, due }: OutgoingEvent): BusEvent {
  return { source, 'detail-type': name, detail, ...(due !== undefined && { due }) };
}

/** The body of an event's message on a queue or a topic. */
export function toMessageBody(event: OutgoingEvent): string {
  return toJson(toBusEvent(event));
}

/**
 * Serialises a value so that SQS, SNS and EventBridge accept any text in it: `JSON.stringify` escapes control characters and
 * unpaired surrogates, and this escapes U+FFFE and U+FFFF too. Every parser reads the same value.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}
