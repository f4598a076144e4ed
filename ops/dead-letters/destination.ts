import type { EventContract } from '../../contracts/core/contract';
import { type Event, groupOf, type OutgoingEvent, parseEnvelope } from '../../lambdas/runtime/events/envelope';
import type { DeadLetter } from './dead-letter';
import type { DeadLetterQueue } from './queues';

/** An event as the bus delivered it. */
export interface RawEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: unknown;
  readonly time?: string;
  readonly resources?: readonly string[];
}

/** A record reaches its table's stream some time after the time that is stored in it. */
const STREAM_DELAY_MS = 60_000;

/** The destination of a redriven dead letter. */
export type Destination =
  /** The queue of its consumer, unchanged. Other subscribers do not receive it. */
  | { readonly to: 'queue'; readonly url: string; readonly body: string }
  /** The channel of its contract: published again by its service, to all subscribers. */
  | { readonly to: 'channel'; readonly service: string; readonly event: OutgoingEvent }
  /** The bus, unchanged, because the event belongs to no service. */
  | { readonly to: 'bus'; readonly event: RawEvent }
  /** It cannot be redriven. */
  | { readonly to: 'nowhere'; readonly why: string };

/**
 * Decides where a redrive sends a dead letter. Attributes that were added when it was parked or not delivered are dropped.
 *
 * @param contracts - all contracts of the project, which define the channels of their events
 */
export function destinationOf(
  deadLetter: DeadLetter,
  queue: DeadLetterQueue,
  contracts: readonly EventContract[],
): Destination {
  const body = deadLetter.message.Body ?? '';
  if (deadLetter.origin === 'stream-batch') {
    return { to: 'nowhere', why: `it contains no events: use ${republishCommand(queue, deadLetter.since)}` };
  }
  const undelivered = undeliveredSince(body);
  if (undelivered !== undefined)
    return { to: 'nowhere', why: `it contains no events: use "outbox --republish --since ${undelivered}"` };
  if (queue.of === 'schedule')
    return { to: 'nowhere', why: 'it is a missed run, and the next run does its work: purge it' };
  if (queue.source !== undefined) return { to: 'queue', url: queue.source, body };
  if (queue.service === undefined) {
    const event = parseRawEvent(body);
    return event === undefined ? { to: 'nowhere', why: NOT_AN_EVENT } : { to: 'bus', event };
  }
  const event = parseOwnEvent(body);
  if (event === undefined) return { to: 'nowhere', why: NOT_AN_EVENT };
  const { source, name, metadata, data, due } = event;
  const { channel = 'bus', fairBy } = contracts.find((one) => one.owner === source && one.name === name) ?? {};
  const group = groupOf({ fairBy }, data);
  const route = channel === 'bus' ? {} : { channel, ...(due !== undefined && { due }) };
  const outgoing = { source, name, detail: { metadata, data }, ...route, ...(group && { group }) };
  return { to: 'channel', service: queue.service, event: outgoing };
}

const NOT_AN_EVENT = 'it is not an event, so the bus cannot accept it: purge it';

function republishCommand({ service }: DeadLetterQueue, at: Date): string {
  const since = new Date(at.getTime() - STREAM_DELAY_MS).toISOString();
  return `"outbox --republish --service ${service} --since ${since}"`;
}

/** The longest time for which a bus retries a delivery. */
const RETRIED_MS = 24 * 60 * 60_000;

/**
 * Reads a Custom Event Bus's record of events that it could not deliver (EventBridge User Guide, "Retry policies and dead-letter queues").
 *
 * @returns a time before all of them were emitted
 */
function undeliveredSince(body: string): string | undefined {
  const { subscriberArn, failedMessages } = parseObject(body) as Partial<UndeliveredRecord>;
  if (subscriberArn === undefined || !failedMessages?.length) return undefined;
  const times = failedMessages.map(({ timestamp }) => Date.parse(timestamp));
  return new Date(Math.min(...times) - RETRIED_MS).toISOString();
}

interface UndeliveredRecord {
  readonly subscriberArn: string;
  readonly failedMessages: readonly { readonly timestamp: string }[];
}

function parseOwnEvent(body: string): Event | undefined {
  try {
    return parseEnvelope(body);
  } catch {
    return undefined;
  }
}

function parseRawEvent(body: string): RawEvent | undefined {
  const event = parseObject(body) as Partial<RawEvent>;
  if (typeof event.source !== 'string' || typeof event['detail-type'] !== 'string') return undefined;
  return typeof event.detail === 'object' && event.detail !== null ? (event as RawEvent) : undefined;
}

function parseObject(body: string): object {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}
