import { type AttributeValue, BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Deployment } from '../deployed/discover';
import type { ProcessedRecord } from '../lambdas/runtime/work/commit';
import type { OutgoingCall } from '../lambdas/runtime/work/outgoing-call';

/** DynamoDB: at most 100 items in one call. */
const KEYS_PER_CALL = 100;
/** Calls for what DynamoDB leaves unprocessed. */
const READS = 5;

/** The key of an idempotency record: which function processed which event or request. */
export interface RecordKey {
  /** `inventory.reserve-stock` */
  readonly consumer: string;
  readonly causeId: string;
}

/** An item, by its table's physical name and its key. */
export interface ItemKey {
  readonly table: string;
  readonly key: Readonly<Record<string, string>>;
}

/** Returns the idempotency records that exist, by {@link recordId}. */
export async function readRecords(
  { services, clients }: Pick<Deployment, 'services' | 'clients'>,
  keys: readonly RecordKey[],
): Promise<Map<string, ProcessedRecord>> {
  const tables = new Map(services.map(({ service, records }) => [service, records]));
  const wanted = new Map(keys.map((key) => [recordId(key), tables.get(serviceOf(key.consumer))]));
  const all = [...wanted].flatMap(([id, table]) => (table === undefined ? [] : [{ table, key: { id } }]));
  const found = (await readItems<ProcessedRecord>(clients, all)).flatMap(([, records]) => records);
  return new Map(found.map((record) => [record.id, record]));
}

/** Returns the items that exist, by their tables. @param keys without duplicates */
export async function readItems<T>(
  clients: Deployment['clients'],
  keys: readonly ItemKey[],
): Promise<[table: string, items: T[]][]> {
  const found = new Map<string, T[]>();
  for (let from = 0; from < keys.length; from += KEYS_PER_CALL) {
    for (const [table, items] of await readBatch<T>(clients.of(DynamoDBClient), keys.slice(from, from + KEYS_PER_CALL)))
      found.set(table, [...(found.get(table) ?? []), ...items]);
  }
  return [...found];
}

export function recordId({ consumer, causeId }: RecordKey): string {
  return `${consumer}#${causeId}`;
}

/** Returns the requests that the work of a record sent to other systems, if there are any. */
export function callsIn({ calls }: Pick<ProcessedRecord, 'calls'>): { readonly calls?: readonly OutgoingCall[] } {
  return calls === undefined ? {} : { calls: JSON.parse(calls) as OutgoingCall[] };
}

function serviceOf(consumer: string): string {
  return consumer.slice(0, consumer.indexOf('.'));
}

async function readBatch<T>(client: DynamoDBClient, keys: readonly ItemKey[]): Promise<[table: string, items: T[]][]> {
  const found: [string, T[]][] = [];
  let RequestItems: Record<string, { Keys: Record<string, AttributeValue>[] }> = {};
  for (const { table, key } of keys) {
    RequestItems[table] ??= { Keys: [] };
    RequestItems[table].Keys.push(marshall(key));
  }
  for (let read = 0; read < READS && Object.keys(RequestItems).length > 0; read++) {
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(new BatchGetItemCommand({ RequestItems }));
    for (const [table, items] of Object.entries(Responses))
      found.push([table, items.map((item) => unmarshall(item) as T)]);
    RequestItems = UnprocessedKeys as typeof RequestItems;
  }
  return found;
}
