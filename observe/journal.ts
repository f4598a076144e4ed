import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Failure } from '../cli/failure';
import type { Deployment } from '../deployed/discover';
import {
  dayKey,
  flowKey,
  idKey,
  JOURNAL_DAYS,
  type JournalEntry,
  type JournalledEvent,
  LISTED_TOGETHER_MS,
  type ListedEvent,
} from '../lambdas/runtime/journal/entry';
import { unpackEvents } from '../lambdas/runtime/journal/pack';
import type { JournalManifest } from '../lib/broker/manifest';
import { contractName, type ObservedEvent } from './flow';
import { readItems } from './items';

type Journalled = Pick<Deployment, 'journal' | 'clients' | 'stage'>;

const DAY_MS = 86_400_000;
/** An item has the events of one call of the journal's function: up to 1,000 of them in about 60 KB. DynamoDB returns 1 MB at most. */
const ITEMS_PER_CALL = 20;

/** @throws Failure when the journal is not deployed */
export function requireJournal({ journal, stage }: Pick<Deployment, 'journal' | 'stage'>): JournalManifest {
  if (journal !== undefined) return journal;
  throw new Failure(`The journal is not deployed for stage ${stage}: deploy the app without "-c journal=false".`);
}

/** Returns the journalled events of a flow, oldest first. Empty without a journal. */
export async function eventsOfFlow(deployment: Journalled, correlationId: string): Promise<ObservedEvent[]> {
  if (deployment.journal === undefined) return [];
  const items = await query<JournalEntry>(deployment, keyIs('key', flowKey(correlationId)));
  const events = uniqueById(items.flatMap((item) => unpackEvents<JournalledEvent>(item)));
  return events.sort((one, other) => (one.occurredAt < other.occurredAt ? -1 : 1)).map(toObserved);
}

/** Returns events with the data that the journal has of them. Lists of events come without it. */
export async function withData(deployment: Journalled, events: readonly ObservedEvent[]): Promise<ObservedEvent[]> {
  const { journal, clients } = deployment;
  if (journal === undefined) return [...events];
  const keys = events.flatMap(({ data, correlationId, storedIn: entry }) =>
    data === undefined && entry !== undefined
      ? [{ table: journal.table, key: { key: flowKey(correlationId), entry } }]
      : [],
  );
  const items = [...(await readItems<JournalEntry>(clients, keys)).values()];
  const found = items.flatMap((item) => unpackEvents<JournalledEvent>(item)).map(toObserved);
  const byId = new Map(found.map((event) => [event.id, event]));
  return events.map((event) => (event.data === undefined ? (byId.get(event.id) ?? event) : event));
}

/** Returns the correlation ids of the flows whose events have an id in their data. Empty without a journal. */
export async function flowsWithId(deployment: Journalled, id: string): Promise<string[]> {
  if (deployment.journal === undefined) return [];
  const items = await query<{ entry: string }>(deployment, keyIs('key', idKey(id)));
  return items.map(({ entry }) => entry);
}

/** A journalled event without its data, and when it reached the journal's queue. */
export type TimedEvent = ObservedEvent & { readonly at: string };

/** A part of the journal. */
export interface Span {
  /** Events before this time. @default now */
  readonly until?: Date;
  /** Events from this time. @default all that the journal keeps */
  readonly since?: Date;
}

/** Returns the events of a part of the journal, newest first. @param isEnough stops as soon as it returns true for the events so far */
export async function newestEvents(
  deployment: Journalled,
  span: Span,
  isEnough: (events: readonly TimedEvent[]) => boolean = () => false,
): Promise<TimedEvent[]> {
  const found: TimedEvent[] = [];
  for await (const events of newestPages(deployment, span)) {
    found.push(...events);
    if (isEnough(found)) break;
  }
  return found;
}

/** Yields the events of a part of the journal in pages, newest first. */
export async function* newestPages(
  deployment: Journalled,
  { until = new Date(), since }: Span,
): AsyncGenerator<TimedEvent[]> {
  requireJournal(deployment);
  const earliest = Math.max(since?.getTime() ?? 0, until.getTime() - JOURNAL_DAYS * DAY_MS);
  for (let day = until.getTime(); startOfDay(day) + DAY_MS > earliest; day -= DAY_MS) {
    const between = [
      new Date(Math.max(earliest, startOfDay(day))),
      day === until.getTime() ? until : undefined,
    ] as const;
    yield* newestFirst(pagesOf(deployment, dayKey(new Date(day).toISOString()), between));
  }
}

/** The events to follow. An omitted condition holds for every event. */
export interface TailFilter {
  /** `OrderCreated` or `orders.OrderCreated` */
  readonly contract?: string;
  /** The service that published it. */
  readonly service?: string;
  readonly correlationId?: string;
}

const TAIL_MS = 1_000;
/** Some seconds more than most batches take to be written. */
const LATE_MS = 20_000;

/** Returns how far a follower looks back, in milliseconds: events are written in batches, so they appear late. */
export function lateness({ windowSeconds }: JournalManifest): number {
  return windowSeconds * 1_000 + LATE_MS;
}

/** Follows the bus and topics: yields the events that reach the journal, oldest first, until the signal aborts. */
export async function* tailEvents(
  deployment: Journalled,
  filter: TailFilter,
  signal: AbortSignal,
  from = new Date(),
): AsyncGenerator<TimedEvent> {
  const late = lateness(requireJournal(deployment));
  const seen = new Map<string, number>();
  for (let since = from; !signal.aborted; since = new Date(Math.max(from.getTime(), Date.now() - late))) {
    const events = await newestEvents(deployment, { since });
    for (const event of events.reverse()) {
      if (!seen.has(event.id) && matches(event, filter)) yield event;
      seen.set(event.id, Date.parse(event.at));
    }
    for (const [id, at] of seen) if (at < since.getTime() - late) seen.delete(id);
    await sleep(TAIL_MS, undefined, { signal }).catch(() => {});
  }
}

export function matches(event: ObservedEvent, { contract, service, correlationId }: TailFilter): boolean {
  return (
    (contract === undefined || contract === event.name || contract === contractName(event)) &&
    (service === undefined || service === event.source) &&
    (correlationId === undefined || correlationId === event.correlationId)
  );
}

function startOfDay(time: number): number {
  return Math.floor(time / DAY_MS) * DAY_MS;
}

/** A page of a day's list. */
export interface Page {
  readonly events: readonly TimedEvent[];
  /** No event of a later page reached the journal after this time. */
  readonly next: string;
}

/**
 * Sorts the events of pages, and leaves out those that were written twice. Holds events back until no unread page can have newer ones,
 * because the items of a list overlap.
 */
export async function* newestFirst(pages: AsyncIterable<Page>): AsyncGenerator<TimedEvent[]> {
  let held: readonly TimedEvent[] = [];
  for await (const { events, next } of pages) {
    const all = uniqueById([...held, ...events]).sort((one, other) => (one.at < other.at ? 1 : -1));
    held = all.filter(({ at }) => at <= next);
    yield all.filter(({ at }) => at > next);
  }
  if (held.length > 0) yield [...held];
}

async function* pagesOf(
  deployment: Journalled,
  key: string,
  [from, until]: readonly [Date, Date | undefined],
): AsyncGenerator<Page> {
  const input = {
    TableName: requireJournal(deployment).table,
    KeyConditionExpression: '#key = :key AND #entry BETWEEN :from AND :until',
    ExpressionAttributeNames: { '#key': 'key', '#entry': 'entry' },
    ExpressionAttributeValues: {
      ':key': { S: key },
      ':from': { S: from.toISOString() },
      // An item is sorted by its last event, so a later one can have earlier events. "9" sorts after every time.
      ':until': { S: until ? new Date(until.getTime() + LISTED_TOGETHER_MS).toISOString() : '9' },
    },
    ScanIndexForward: false,
    Limit: ITEMS_PER_CALL,
  };
  const isWanted = ({ at }: ListedEvent) => at >= from.toISOString() && (!until || at < until.toISOString());
  for await (const { Items = [] } of paginateQuery({ client: deployment.clients.of(DynamoDBClient) }, input)) {
    const items = Items.map((item) => unmarshall(item) as JournalEntry);
    const events = items.flatMap((item) => unpackEvents<ListedEvent>(item)).filter(isWanted);
    const { entry = '' } = items.at(-1) ?? {};
    yield { events, next: entry.slice(0, entry.indexOf('#')) };
  }
}

/** An event has a second copy if its message was delivered again. */
function uniqueById<Event extends { readonly id: string }>(events: readonly Event[]): Event[] {
  return [...new Map(events.map((event) => [event.id, event])).values()];
}

async function query<Item>(deployment: Journalled, input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]> {
  const { table } = requireJournal(deployment);
  const items: Item[] = [];
  const paging = { client: deployment.clients.of(DynamoDBClient) };
  for await (const { Items = [] } of paginateQuery(paging, { TableName: table, ...input }))
    items.push(...Items.map((item) => unmarshall(item) as Item));
  return items;
}

function keyIs(name: string, value: string) {
  return {
    KeyConditionExpression: '#key = :key',
    ExpressionAttributeNames: { '#key': name },
    ExpressionAttributeValues: { ':key': { S: value } },
  };
}

function toObserved({ at: _, ...event }: JournalledEvent): ObservedEvent {
  return event;
}
