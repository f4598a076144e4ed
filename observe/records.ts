import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Deployment } from '../deployed/discover';
import type { ProcessedRecord } from '../lambdas/runtime/work/commit';

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

/** Returns the idempotency records that exist, by {@link recordId}. */
export async function readRecords(
  { services, clients }: Pick<Deployment, 'services' | 'clients'>,
  keys: readonly RecordKey[],
): Promise<Map<string, ProcessedRecord>> {
  const tables = new Map(services.map(({ service, records }) => [service, records]));
  const wanted = new Map(keys.map((key) => [recordId(key), tables.get(serviceOf(key.consumer))]));
  const all = [...wanted].filter((one): one is [string, string] => one[1] !== undefined);
  const found = new Map<string, ProcessedRecord>();
  for (let from = 0; from < all.length; from += KEYS_PER_CALL) {
    for (const record of await readBatch(clients.of(DynamoDBClient), all.slice(from, from + KEYS_PER_CALL)))
      found.set(record.id, record);
  }
  return found;
}

export function recordId({ consumer, causeId }: RecordKey): string {
  return `${consumer}#${causeId}`;
}

function serviceOf(consumer: string): string {
  return consumer.slice(0, consumer.indexOf('.'));
}

async function readBatch(client: DynamoDBClient, keys: readonly [string, string][]): Promise<ProcessedRecord[]> {
  const found: ProcessedRecord[] = [];
  let RequestItems: Record<string, { Keys: Record<string, { S: string }>[] }> = {};
  for (const [id, table] of keys) {
    RequestItems[table] ??= { Keys: [] };
    RequestItems[table].Keys.push({ id: { S: id } });
  }
  for (let read = 0; read < READS && Object.keys(RequestItems).length > 0; read++) {
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(new BatchGetItemCommand({ RequestItems }));
    for (const item of Object.values(Responses).flat()) found.push(unmarshall(item) as ProcessedRecord);
    RequestItems = UnprocessedKeys as typeof RequestItems;
  }
  return found;
}
