import { createHash } from 'node:crypto';
import {
  dayKey,
  flowKey,
  idKey,
  JOURNAL_DAYS,
  type JournalEntry,
  type JournalledEvent,
  LISTED_TOGETHER_MS,
  type ListedEvent,
  MAX_DATA_BYTES,
} from './entry';
import { packEvents } from './pack';
import type { ReadEvent } from './read-event';

const DAY_SECONDS = 24 * 60 * 60;
/** Hexadecimal digits that distinguish the items of different events. */
const DIGEST_DIGITS = 16;

/** An item of the journal, and the events that are lost if it is not written. */
export interface Draft {
  readonly item: JournalEntry;
  readonly events: readonly JournalledEvent[];
}

/**
 * Returns the items of some events: those of each flow, those of each minute for the list of the day, and the ids in their data.
 *
 * The same events have the same items. Other events never have an item of the same key, so an event that is delivered again, with others
 * beside it, overwrites nothing. Readers ignore the second copy.
 *
 * @param all events with different ids
 */
export function toEntries(all: readonly ReadEvent[]): Draft[] {
  const events = all.map(({ event }) => event);
  const flows = groupBy(events, ({ correlationId }) => correlationId)
    .flatMap(fitting)
    .map(toFlowItem);
  const storedIn = new Map(flows.flatMap(({ item, events }) => events.map(({ id }) => [id, item.entry] as const)));
  const lists = groupBy(events, ({ at }) => String(Math.floor(Date.parse(at) / LISTED_TOGETHER_MS)))
    .flatMap(fitting)
    .map((together) => toListItem(together, storedIn));
  const ids = all.flatMap(({ event, ids }) => ids.map((id) => ({ event, id })));
  const found = groupBy(ids, ({ event, id }) => JSON.stringify([id, event.correlationId])).map(toIdItem);
  return [...flows, ...lists, ...found];
}

function toFlowItem(events: readonly JournalledEvent[]): Draft {
  const sorted = [...events].sort((one, other) => (one.occurredAt < other.occurredAt ? -1 : 1));
  const [{ correlationId, occurredAt }] = sorted as [JournalledEvent];
  const key = { key: flowKey(correlationId), entry: `${occurredAt}#${digestOf(events)}` };
  return { item: { ...key, expiresAt: expiryOf(events), events: packEvents(sorted) }, events };
}

function toListItem(events: readonly JournalledEvent[], storedIn: ReadonlyMap<string, string>): Draft {
  const newest =
    events
      .map(({ at }) => at)
      .sort()
      .at(-1) ?? '';
  const listed = events.map(({ data: _, traceparent: __, ...event }): ListedEvent => {
    return { ...event, storedIn: storedIn.get(event.id) ?? '' };
  });
  const key = { key: dayKey(newest), entry: `${newest}#${digestOf(events)}` };
  return { item: { ...key, expiresAt: expiryOf(events), events: packEvents(listed) }, events };
}

function toIdItem(found: readonly { readonly event: JournalledEvent; readonly id: string }[]): Draft {
  const [{ event, id }] = found as [(typeof found)[number]];
  const events = found.map((one) => one.event);
  return { item: { key: idKey(id), entry: event.correlationId, expiresAt: expiryOf(events) }, events };
}

/** Splits events so that each part fits into an item. Compressed text is never longer than the text, but for some bytes. */
function fitting(events: readonly JournalledEvent[]): JournalledEvent[][] {
  const parts: JournalledEvent[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const bytes = Buffer.byteLength(JSON.stringify(event));
    size += bytes;
    if (size > MAX_DATA_BYTES) {
      parts.push([]);
      size = bytes;
    }
    parts.at(-1)?.push(event);
  }
  return parts;
}

/** The same for the same events, in any order. */
function digestOf(events: readonly JournalledEvent[]): string {
  const ids = events.map(({ id }) => id).sort();
  return createHash('sha256').update(JSON.stringify(ids)).digest('hex').slice(0, DIGEST_DIGITS);
}

function expiryOf(events: readonly JournalledEvent[]): number {
  const newest = Math.max(...events.map(({ at }) => Date.parse(at)));
  return Math.ceil(newest / 1_000) + JOURNAL_DAYS * DAY_SECONDS;
}

function groupBy<One>(all: readonly One[], keyOf: (one: One) => string): One[][] {
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return [...groups.values()];
}
