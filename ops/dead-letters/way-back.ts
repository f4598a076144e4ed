import type { EventContract } from '../../contracts/core/contract';
import { type Event, type OutgoingEvent, parseEnvelope } from '../../lambdas/runtime/events/envelope';
import type { DeadLetter } from './letter';
import type { DeadLetterQueue } from './queues';

/** An event as it came from the bus. */
export interface RawEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: unknown;
  readonly time?: string;
  readonly resources?: readonly string[];
}

/** A record comes to its table's stream somewhat later than the time that is written in it. */
const STREAM_DELAY_MS = 60_000;

/** Where a dead letter goes when it is redriven. */
export type WayBack =
  /** Into its consumer's queue, as it is: nobody else sees it again. */
  | { readonly to: 'queue'; readonly url: string; readonly body: string }
  /** Published again by its service, for all subscribers. */
  | { readonly to: 'channel'; readonly service: string; readonly event: OutgoingEvent }
  /** Onto the bus, as it is: it belongs to no service. */
  | { readonly to: 'bus'; readonly event: RawEvent }
  /** It has none. */
  | { readonly to: 'nowhere'; readonly why: string };

/**
 * Decides the way back of a dead letter. What its parking or a failed delivery added to it is left behind.
 *
 * @param contracts - all that are known: they say how an event travels
 */
export function wayBack(letter: DeadLetter, queue: DeadLetterQueue, contracts: readonly EventContract[]): WayBack {
  const body = letter.message.Body ?? '';
  if (letter.shape === 'stream-batch') {
    return { to: 'nowhere', why: `a note, no message: use ${republish(queue, letter.since)}` };
  }
  if (queue.of === 'schedule')
    return { to: 'nowhere', why: 'a run that was missed: the next one does its work, purge it' };
  if (queue.source !== undefined) return { to: 'queue', url: queue.source, body };
  if (queue.service === undefined) {
    const event = rawEvent(body);
    return event === undefined ? { to: 'nowhere', why: NO_EVENT } : { to: 'bus', event };
  }
  const event = ownEvent(body);
  if (event === undefined) return { to: 'nowhere', why: NO_EVENT };
  const { source, name, metadata, data, due } = event;
  const channel = contracts.find((one) => one.owner === source && one.name === name)?.channel ?? 'bus';
  const way = channel === 'bus' ? {} : { channel, ...(due !== undefined && { due }) };
  const outgoing = { source, name, detail: { metadata, data }, ...way };
  return { to: 'channel', service: queue.service, event: outgoing };
}

const NO_EVENT = 'no event, so the bus cannot take it: purge it';

function republish({ service }: DeadLetterQueue, at: Date): string {
  const since = new Date(at.getTime() - STREAM_DELAY_MS).toISOString();
  return `"outbox --republish --service ${service} --since ${since}"`;
}

function ownEvent(body: string): Event | undefined {
  try {
    return parseEnvelope(body);
  } catch {
    return undefined;
  }
}

function rawEvent(body: string): RawEvent | undefined {
  try {
    const event = JSON.parse(body) as Partial<RawEvent> | null;
    if (typeof event?.source !== 'string' || typeof event['detail-type'] !== 'string') return undefined;
    return typeof event.detail === 'object' && event.detail !== null ? (event as RawEvent) : undefined;
  } catch {
    return undefined;
  }
}
