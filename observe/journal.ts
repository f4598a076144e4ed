import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Failure } from '../cli/failure';
import type { Deployment } from '../deployed/discover';
import { BY_TIME, dayKeys, flowKey, idKey, JOURNAL_DAYS, type JournalledEvent } from '../lambdas/runtime/journal/entry';
import type { JournalManifest } from '../lib/broker/manifest';
import { contractName, type ObservedEvent } from './flow';

type Journalled = Pick<Deployment, 'journal' | 'clients' | 'stage'>;

const DAY_MS = 86_400_000;
/** Some 300 KB: an event without its data has 300 bytes. DynamoDB returns 1 MB at most. */
const EVENTS_PER_CALL = 1_000;

/** @throws Failure when the journal is not deployed */
export function requireJournal({ journal, stage }: Pick<Deployment, 'journal' | 'stage'>): JournalManifest {
  if (journal !== undefined) return journal;
  throw new Failure(`The journal is not deployed for stage ${stage}: deploy the app without "-c journal=false".`);
}

/** Returns the journalled events of a flow, oldest first. Empty without a journal. */
export async function eventsOfFlow(deployment: Journalled, correlationId: string): Promise<ObservedEvent[]> {
  if (deployment.journal === undefined) return [];
  const items = await query<JournalledEvent>(deployment, keyIs('key', flowKey(correlationId)));
  return items.map(toEvent);
}

/** Returns the correlation ids of the flows whose events have an id in their data. Empty without a journal. */
export async function flowsWithId(deployment: Journalled, id: string): Promise<string[]> {
  if (deployment.journal === undefined) return [];
  const items = await query<{ entry: string }>(deployment, keyIs('key', idKey(id)));
  return items.map(({ entry }) => entry);
}

/** A journalled event without its data, and when it reached the journal's queue. */
export type TimedEvent = ObservedEvent & { readonly at: string };

/**
 * Returns the newest events of the journal, newest first.
 *
 * @param until before this time. @default now
 * @param isEnough stops as soon as it returns true for the events so far; called once for each day and page
 */
export async function newestEvents(
  deployment: Journalled,
  { until = new Date(), since }: { readonly until?: Date; readonly since?: Date },
  isEnough: (events: readonly TimedEvent[]) => boolean,
): Promise<TimedEvent[]> {
  requireJournal(deployment);
  const earliest = Math.max(since?.getTime() ?? 0, until.getTime() - JOURNAL_DAYS * DAY_MS);
  const found: TimedEvent[] = [];
  for (let day = until.getTime(); startOfDay(day) + DAY_MS > earliest; day -= DAY_MS) {
    const between = [
      new Date(Math.max(earliest, startOfDay(day))),
      day === until.getTime() ? until : undefined,
    ] as const;
    // Pages of all shards in parallel, so that the merged events are the newest ones.
    const shards = dayKeys(new Date(day)).map((key) => pagesOf(deployment, key, between, false));
    for (let isDone = false; !isDone; ) {
      const pages = await Promise.all(shards.map((shard) => shard.next()));
      found.push(...pages.flatMap((page) => (page.done ? [] : page.value)));
      isDone = pages.every(({ done }) => done === true);
      if (isEnough(found)) return newestFirst(found);
    }
  }
  return newestFirst(found);
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
/** Events reach the journal in batches, some seconds late, so a follower looks back. */
export const LATE_MS = 20_000;

/** Follows the bus and topics: yields the events that reach the journal, oldest first, until the signal aborts. */
export async function* tailEvents(
  deployment: Journalled,
  filter: TailFilter,
  signal: AbortSignal,
  from = new Date(),
): AsyncGenerator<TimedEvent> {
  requireJournal(deployment);
  const seen = new Map<string, number>();
  for (let since = from; !signal.aborted; since = new Date(Math.max(from.getTime(), Date.now() - LATE_MS))) {
    const events = await newestEvents(deployment, { since }, () => false);
    for (const event of events.reverse()) {
      if (!seen.has(event.id) && matches(event, filter)) yield event;
      seen.set(event.id, Date.parse(event.at));
    }
    for (const [id, at] of seen) if (at < since.getTime() - LATE_MS) seen.delete(id);
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

function newestFirst(events: readonly TimedEvent[]): TimedEvent[] {
  return [...events].sort((one, other) => (one.at < other.at ? 1 : -1));
}

async function* pagesOf(
  deployment: Journalled,
  key: string,
  [from, until]: readonly [Date, Date | undefined],
  ascending: boolean,
): AsyncGenerator<TimedEvent[]> {
  const input = {
    TableName: requireJournal(deployment).table,
    IndexName: BY_TIME.name,
    KeyConditionExpression: '#key = :key AND #at BETWEEN :from AND :until',
    ExpressionAttributeNames: { '#key': BY_TIME.key, '#at': BY_TIME.sortKey },
    ExpressionAttributeValues: {
      ':key': { S: key },
      ':from': { S: from.toISOString() },
      // Sorts after every time.
      ':until': { S: until?.toISOString() ?? '9' },
    },
    ScanIndexForward: ascending,
    Limit: EVENTS_PER_CALL,
  };
  for await (const { Items = [] } of paginateQuery({ client: deployment.clients.of(DynamoDBClient) }, input))
    yield Items.map((item) => {
      const entry = unmarshall(item) as JournalledEvent;
      return { ...toEvent(entry), at: entry.at.slice(0, entry.at.indexOf('#')) };
    });
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

function toEvent(entry: JournalledEvent): ObservedEvent {
  const { id, source, name, version, correlationId, causationId, occurredAt, traceparent, channel } = entry;
  const { due, edited, data } = entry;
  return {
    ...{ id, source, name, version, correlationId, causationId, occurredAt, traceparent, channel },
    ...(due !== undefined && { due }),
    ...(edited !== undefined && { edited }),
    ...(data !== undefined && { data: JSON.parse(data) as unknown }),
  };
}
