import { DescribeTableCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Failure, messageOf } from '../cli/failure';
import type { OutgoingEvent } from '../lambdas/runtime/events/envelope';
import { type Publisher, publish } from '../lambdas/runtime/publish/publish';
import type { ProcessedRecord } from '../lambdas/runtime/work/commit';
import type { Manifest } from '../lib/broker/manifest';
import type { Context } from './command';
import { pace } from './pace';
import { relayPublisher } from './relay';

/** Whose events, and of when. */
export interface Window {
  readonly services: readonly Manifest[];
  readonly since: Date;
  readonly until: Date;
}

/** What became of the events of one contract. */
export interface ContractCount {
  /** `owner.Name` */
  readonly contract: string;
  readonly emitted: number;
  readonly published: number;
  /** Refused for good, and put on the relay's dead-letter queue. */
  readonly setAside: number;
}

/** Records that are published before the pace is looked at again. */
const RECORDS_PER_STEP = 10;

/** What the services have emitted. */
export async function outboxEvents(window: Window, context: Context): Promise<ContractCount[]> {
  const count = counter();
  await eachRecord(window, context, async (records) => count.emitted(records.flatMap(eventsOf)));
  return count.result();
}

/**
 * Publishes again what the services have emitted, as their relays do: consumers drop what they had.
 *
 * @throws Failure when nothing can be published any more; then it can simply be run again
 */
export async function republish(window: Window, perSecond: number, context: Context): Promise<ContractCount[]> {
  const count = counter();
  const wait = pace(perSecond);
  const publishers = new Map<Manifest, Publisher>();
  await eachRecord(window, context, async (records, service) => {
    const publisher = publishers.get(service) ?? watched(await relayPublisher(service, context), count.setAside);
    publishers.set(service, publisher);
    for (let from = 0; from < records.length && !context.lifetime.signal.aborted; from += RECORDS_PER_STEP) {
      const some = records.slice(from, from + RECORDS_PER_STEP);
      const events = some.flatMap(eventsOf);
      await wait(events.length);
      await publish(some, publisher).catch((error: unknown) => {
        throw new Failure(`${messageOf(error)}. ${count.total()} events were published; it is safe to run this again.`);
      });
      count.emitted(events);
      count.published(events);
    }
  });
  return count.result();
}

function eventsOf({ outbox = '[]' }: ProcessedRecord): OutgoingEvent[] {
  return JSON.parse(outbox) as OutgoingEvent[];
}

/** Goes through the services' idempotency tables, page by page. */
async function eachRecord(
  { services, since, until }: Window,
  { clients: { dynamodb: client }, progress, lifetime }: Context,
  visit: (records: readonly ProcessedRecord[], service: Manifest) => Promise<unknown>,
): Promise<void> {
  // DynamoDB counts a table's items every six hours only.
  const sizes = services.map(async ({ records }) => client.send(new DescribeTableCommand({ TableName: records })));
  const expected = (await Promise.all(sizes)).reduce((sum, { Table }) => sum + (Table?.ItemCount ?? 0), 0);
  let seen = 0;
  for (const service of services) {
    const pages = paginateScan(
      { client },
      {
        TableName: service.records,
        FilterExpression: 'attribute_exists(outbox) AND processedAt BETWEEN :since AND :until',
        ExpressionAttributeValues: { ':since': { S: since.toISOString() }, ':until': { S: until.toISOString() } },
      },
    );
    for await (const { Items = [], ScannedCount = 0 } of pages) {
      if (lifetime.signal.aborted) return;
      await visit(
        Items.map((item) => unmarshall(item) as ProcessedRecord),
        service,
      );
      seen += ScannedCount;
      if (seen > 0) progress.part('records looked at', seen, Math.max(seen, expected));
    }
  }
}

function watched(publisher: Publisher, onSetAside: (event: OutgoingEvent) => void): Publisher {
  return {
    ...publisher,
    setAside: async (event, ...more) => {
      await publisher.setAside(event, ...more);
      onSetAside(event);
    },
  };
}

function counter() {
  const counts = {
    emitted: new Map<string, number>(),
    published: new Map<string, number>(),
    setAside: new Map<string, number>(),
  };
  const add = (to: Map<string, number>, events: readonly OutgoingEvent[], sign = 1) => {
    for (const { source, name } of events) to.set(`${source}.${name}`, (to.get(`${source}.${name}`) ?? 0) + sign);
  };
  return {
    emitted: (events: readonly OutgoingEvent[]) => add(counts.emitted, events),
    published: (events: readonly OutgoingEvent[]) => add(counts.published, events),
    setAside: (event: OutgoingEvent) => {
      add(counts.setAside, [event]);
      add(counts.published, [event], -1);
    },
    total: () => [...counts.published.values()].reduce((sum, count) => sum + count, 0),
    result: (): ContractCount[] =>
      [...counts.emitted].sort().map(([contract, emitted]) => ({
        contract,
        emitted,
        published: counts.published.get(contract) ?? 0,
        setAside: counts.setAside.get(contract) ?? 0,
      })),
  };
}
