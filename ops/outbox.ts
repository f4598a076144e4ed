import { DescribeTableCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Failure, messageOf } from '../cli/failure';
import { type InboxOwner, inboxesOf } from '../deployed/inboxes';
import type { OutgoingEvent } from '../lambdas/runtime/events/envelope';
import { type OutboxRecord, readOutbox } from '../lambdas/runtime/events/outbox';
import { type Publisher, publish } from '../lambdas/runtime/publish/publish';
import { recordsIn } from '../lambdas/runtime/work/receipts';
import type { Manifest } from '../lib/broker/manifest';
import type { Context } from './command';
import { relayPublisher } from './relay';
import { throttle } from './throttle';

/** A service whose outboxes are read and published. */
export type Emitter = InboxOwner & Pick<Manifest, 'records' | 'relay' | 'tables'>;

/** The services and the time in which their events were emitted. */
export interface OutboxWindow {
  readonly services: readonly Emitter[];
  readonly since: Date;
  readonly until: Date;
}

/** The number of events of one contract. */
export interface ContractCount {
  /** `owner.Name` */
  readonly contract: string;
  readonly emitted: number;
  readonly published: number;
  /** Refused permanently, and put on the relay's dead-letter queue. */
  readonly setAside: number;
}

/** Records that are published in one step of the throttle. */
const RECORDS_PER_STEP = 10;

/** Counts the events in the services' outboxes. */
export async function countOutbox(window: OutboxWindow, context: Context): Promise<ContractCount[]> {
  const tally = createTally();
  await eachRecord(window, context, async (records) => tally.emitted(records.flatMap(eventsOf)));
  return tally.result();
}

/**
 * Publishes the events in the services' outboxes again, as the relays do. Consumers deduplicate them.
 *
 * @throws Failure when a channel does not answer; the command can be repeated
 */
export async function republish(window: OutboxWindow, perSecond: number, context: Context): Promise<ContractCount[]> {
  const tally = createTally();
  const wait = throttle(perSecond);
  const publishers = new Map<Emitter, Publisher>();
  await eachRecord(window, context, async (records, service) => {
    const publisher =
      publishers.get(service) ?? observeSetAside(await relayPublisher(service, context), tally.setAside);
    publishers.set(service, publisher);
    for (let from = 0; from < records.length && !context.lifetime.signal.aborted; from += RECORDS_PER_STEP) {
      const step = records.slice(from, from + RECORDS_PER_STEP);
      const events = step.flatMap(eventsOf);
      await wait(events.length);
      await publish(step, publisher).catch((error: unknown) => {
        throw new Failure(
          `${messageOf(error)}. ${tally.total()} events were published. It is safe to run the command again.`,
        );
      });
      tally.emitted(events);
      tally.published(events);
    }
  });
  return tally.result();
}

/** The events of a record. A part of its outbox that is no event is parked when the record is published. */
function eventsOf(record: OutboxRecord): readonly OutgoingEvent[] {
  return readOutbox(record).events;
}

/** Scans page by page what holds records: the services' idempotency tables, and the inboxes whose items keep them. */
async function eachRecord(
  { services, since, until }: OutboxWindow,
  { clients: { dynamodb: client }, progress, lifetime }: Context,
  visit: (records: readonly OutboxRecord[], service: Emitter) => Promise<unknown>,
): Promise<void> {
  // DynamoDB updates a table's item count every six hours, so this is an estimate.
  const places = services.flatMap((service) => [
    { service, table: service.records, isInbox: false },
    ...inboxesOf(service).flatMap(({ table, hasOutbox }) =>
      hasOutbox ? [{ service, table: service.tables[table] as string, isInbox: true }] : [],
    ),
  ]);
  const sizes = places.map(async ({ table }) => client.send(new DescribeTableCommand({ TableName: table })));
  const expected = (await Promise.all(sizes)).reduce((sum, { Table }) => sum + (Table?.ItemCount ?? 0), 0);
  let scanned = 0;
  const [from, to] = [since.toISOString(), until.toISOString()];
  const emitted = {
    FilterExpression: 'attribute_exists(outbox) AND processedAt BETWEEN :since AND :until',
    ExpressionAttributeValues: { ':since': { S: from }, ':until': { S: to } },
  };
  const inWindow = ({ outbox, processedAt = '' }: OutboxRecord) =>
    outbox !== undefined && from <= processedAt && processedAt <= to;
  for (const { service, table, isInbox } of places) {
    const pages = paginateScan({ client }, { TableName: table, ...(!isInbox && emitted) });
    for await (const { Items = [], ScannedCount = 0 } of pages) {
      if (lifetime.signal.aborted) return;
      const items = Items.map((item) => unmarshall(item));
      await visit(
        isInbox ? items.flatMap(({ _receipts }) => recordsIn(_receipts)).filter(inWindow) : (items as OutboxRecord[]),
        service,
      );
      scanned += ScannedCount;
      if (scanned > 0) progress.part('records scanned', scanned, Math.max(scanned, expected));
    }
  }
}

function observeSetAside(publisher: Publisher, onSetAside: (event: OutgoingEvent) => void): Publisher {
  return {
    ...publisher,
    setAside: async (event, ...more) => {
      await publisher.setAside(event, ...more);
      onSetAside(event);
    },
  };
}

function createTally() {
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
