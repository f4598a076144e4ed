/**
 * An item of the journal. Its table has three access paths, by the prefix of the key:
 *
 * - `flow#<correlation id>`: the events of a flow. An item has those that one call has written, by the time at which the first occurred
 * - `time#<date>`: all events of a day without their data. An item has those of one call and one minute, by the time at which the last
 *   of them reached the journal
 * - `id#<any id>`: the correlation ids of the flows whose events have this id in their data
 *
 * DynamoDB bills each started KB of an item, so events are written together and compressed.
 */
export interface JournalEntry {
  readonly key: string;
  readonly entry: string;
  /** The time after which DynamoDB deletes the item, in seconds since 1970. */
  readonly expiresAt: number;
  /** The events, as `packEvents` writes them. Absent in the entry of an id. */
  readonly events?: Uint8Array;
}

/** Marks a copy of an event that an operator edited and sent to one subscriber. */
export interface Edited {
  /** The id of the original event. */
  readonly of: string;
  /** The subscriber that received the copy instead of the original. */
  readonly for: string;
  /** The operator. */
  readonly by: string;
}

/** An event of the journal. */
export interface JournalledEvent {
  /** When it reached the journal's queue. ISO 8601, UTC. */
  readonly at: string;
  readonly id: string;
  readonly source: string;
  readonly name: string;
  readonly version: number;
  readonly correlationId: string;
  readonly causationId: string;
  readonly occurredAt: string;
  readonly traceparent: string;
  readonly channel: 'bus' | 'topic' | 'reminder';
  /** Of a reminder: its due time. ISO 8601, UTC. */
  readonly due?: string;
  readonly edited?: Edited;
  /** The event's data. Absent when it exceeds {@link MAX_DATA_BYTES}. */
  readonly data?: unknown;
}

/** An event as the list of a day has it. */
export interface ListedEvent extends Omit<JournalledEvent, 'data' | 'traceparent'> {
  /** The sort key of the item of its flow, which has its data. */
  readonly storedIn: string;
}

/** How long the journal keeps an event, in days. */
export const JOURNAL_DAYS = 30;

/** DynamoDB: an item has at most 400 KB. */
export const MAX_DATA_BYTES = 350 * 1024;

/** The events of one item of a day's list reached the journal within this time, in milliseconds. */
export const LISTED_TOGETHER_MS = 60_000;

export function flowKey(correlationId: string): string {
  return `flow#${correlationId}`;
}

export function idKey(id: string): string {
  return `id#${id}`;
}

/** The key of the list of a day's events: one partition, which takes 1,000 write units a second, some 16,000 events. @param time ISO 8601, UTC */
export function dayKey(time: string): string {
  return `time#${time.slice(0, 10)}`;
}
