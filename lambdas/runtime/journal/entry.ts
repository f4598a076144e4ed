/**
 * An item of the journal. Its table has three access paths:
 *
 * - `key` = `flow#<correlation id>`: the events of a flow, by the time at which they occurred
 * - `key` = `id#<any id>`: the correlation ids of the flows whose events have this id in their data
 * - index `by-time`, `day` = `<date>#<shard>`: all events of a day, by the time at which they reached the journal
 */
export interface JournalEntry {
  readonly key: string;
  readonly entry: string;
  /** The time after which DynamoDB deletes the item, in seconds since 1970. */
  readonly expiresAt: number;
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
export interface JournalledEvent extends JournalEntry {
  /** `2026-11-27#3` */
  readonly day: string;
  /** `<ISO 8601, UTC>#<event id>` */
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
  /** The event's data as JSON. Absent when it exceeds {@link MAX_DATA_BYTES}. */
  readonly data?: string;
}

/** The index of the journal's table by time, and the attributes that it has beside the keys. */
export const BY_TIME = {
  name: 'by-time',
  key: 'day',
  sortKey: 'at',
  attributes: [
    'id',
    'source',
    'name',
    'version',
    'correlationId',
    'causationId',
    'occurredAt',
    'channel',
    'due',
    'edited',
  ],
} as const;

/**
 * The partitions of a day in the index. DynamoDB writes at most 1,000 items per second to one partition (Developer Guide, "Partition
 * key design"), so the journal takes 8,000 events per second.
 */
export const SHARDS = 8;

/** How long the journal keeps an event, in days. */
export const JOURNAL_DAYS = 30;

/** DynamoDB: an item has at most 400 KB. */
export const MAX_DATA_BYTES = 350 * 1024;

export function flowKey(correlationId: string): string {
  return `flow#${correlationId}`;
}

export function idKey(id: string): string {
  return `id#${id}`;
}

/** The partitions of the index that hold a day's events. */
export function dayKeys(time: Date): string[] {
  const date = time.toISOString().slice(0, 10);
  return Array.from({ length: SHARDS }, (_, shard) => `${date}#${shard}`);
}
