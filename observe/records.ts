import type { Deployment } from '../deployed/discover';
import { inboxesOf } from '../deployed/inboxes';
import type { OutboxRecord } from '../lambdas/runtime/events/outbox';
import type { ProcessedRecord } from '../lambdas/runtime/work/commit';
import type { OutgoingCall } from '../lambdas/runtime/work/outgoing-call';
import { consumerIn, eventIdOf, findReceipt, recordsIn, timeOf } from '../lambdas/runtime/work/receipts';
import type { Manifest } from '../lib/broker/manifest';
import type { ObservedEvent } from './flow';
import { type ItemKey, itemId, readItems, scanItems } from './items';
import { withData } from './journal';

/** A function, and the event or request that it has processed. */
export interface RecordKey {
  /** `inventory.reserve-stock` */
  readonly consumer: string;
  readonly causeId: string;
  /** An event whose data has the key of the inbox's item. @default only the idempotency table is read */
  readonly event?: ObservedEvent;
}

/** A record, in an idempotency table or in an item of an inbox. A receipt without a record has the id and the time alone. */
export type FoundRecord = OutboxRecord & Pick<ProcessedRecord, 'processedAt' | 'calls' | 'response'>;

type Observed = Pick<Deployment, 'services' | 'clients' | 'journal' | 'stage'>;

/** Returns the records that exist, by {@link recordId}. */
export async function readRecords(deployment: Observed, keys: readonly RecordKey[]): Promise<Map<string, FoundRecord>> {
  const tables = new Map(deployment.services.map(({ service, records }) => [service, records]));
  const places = keys.flatMap((key): ItemKey[] => {
    const table = tables.get(serviceOf(key.consumer));
    return table === undefined ? [] : [{ table, key: { id: recordId(key) } }];
  });
  const kept = await placesOf(deployment, keys);
  const items = await readItems<object>(deployment.clients, [...places, ...kept.map(({ item }) => item)]);
  const receipts = kept.flatMap(({ consumer, causeId, consumers, item }): FoundRecord[] => {
    const receipt = findReceipt((items.get(itemId(item)) as Stored | undefined)?._receipts, causeId);
    if (receipt === undefined || consumerIn(receipt, consumers) !== consumer) return [];
    const processedAt = new Date(timeOf(receipt)).toISOString();
    return [{ ...recordsIn([receipt])[0], id: recordId({ consumer, causeId }), processedAt }];
  });
  const records = places.flatMap((place) => (items.get(itemId(place)) as FoundRecord | undefined) ?? []);
  // An item without room for the record keeps the receipt.
  return new Map([...receipts, ...records].map((record) => [record.id, record]));
}

/** Reads all records of a service, and the {@link recordId} of all receipts in its inboxes, with a record or without. */
export async function scanRecords(
  deployment: Pick<Deployment, 'clients'>,
  service: Pick<Manifest, 'service' | 'records' | 'tables' | 'subscriptions' | 'endpoints'>,
): Promise<{ records: OutboxRecord[]; receipts: string[] }> {
  const inboxes = inboxesOf(service).map(async ({ table, consumers }) => {
    const items = await scanItems<Stored>(deployment, service.tables[table] ?? '');
    return items.flatMap(({ _receipts = [] }) => _receipts).map((receipt) => ({ receipt, consumers, table }));
  });
  const [records, ...kept] = await Promise.all([scanItems<OutboxRecord>(deployment, service.records), ...inboxes]);
  const idOf = ({ receipt, consumers, table }: (typeof kept)[number][number]) =>
    recordId({
      consumer: consumerIn(receipt, consumers) ?? `${service.service}.${table}`,
      causeId: eventIdOf(receipt),
    });
  const receipts = kept.flat();
  return {
    records: [...records, ...recordsIn(receipts.map(({ receipt }) => receipt))],
    receipts: receipts.map(idOf),
  };
}

export function recordId({ consumer, causeId }: Pick<RecordKey, 'consumer' | 'causeId'>): string {
  return `${consumer}#${causeId}`;
}

/** Returns the requests that the work of a record sent to other systems, if there are any. */
export function callsIn({ calls }: Pick<ProcessedRecord, 'calls'>): { readonly calls?: readonly OutgoingCall[] } {
  return calls === undefined ? {} : { calls: JSON.parse(calls) as OutgoingCall[] };
}

/** An item of an inbox. */
interface Stored {
  readonly _receipts?: readonly string[];
}

/** Where an inbox keeps a receipt, if it has one. */
interface Place extends RecordKey {
  readonly item: ItemKey;
  /** Those of the inbox. */
  readonly consumers: readonly string[];
}

/** Returns the items of inboxes that can have the receipts. */
async function placesOf(deployment: Observed, keys: readonly RecordKey[]): Promise<Place[]> {
  const inboxes = new Map(
    deployment.services.flatMap((service) =>
      inboxesOf(service).flatMap((inbox) =>
        inbox.consumers.map((consumer) => [consumer, { ...inbox, table: service.tables[inbox.table] ?? '' }] as const),
      ),
    ),
  );
  const own = keys.flatMap(({ event, ...key }) => {
    const inbox = event && inboxes.get(key.consumer);
    return inbox ? [{ ...key, event, ...inbox }] : [];
  });
  const events = await withData(deployment, [...new Map(own.map(({ event }) => [event.id, event])).values()]);
  const data = new Map(events.map((event) => [event.id, event.data as Readonly<Record<string, unknown>> | undefined]));
  return own.flatMap(({ table, keys: names, event, ...one }) => {
    const key = Object.fromEntries(names.map((name) => [name, data.get(event.id)?.[name]]));
    return isKey(key) ? [{ ...one, item: { table, key } }] : [];
  });
}

function isKey(key: Readonly<Record<string, unknown>>): key is Record<string, string> {
  return Object.values(key).every((value) => typeof value === 'string' && value !== '');
}

function serviceOf(consumer: string): string {
  return consumer.slice(0, consumer.indexOf('.'));
}
