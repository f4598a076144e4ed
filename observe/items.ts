import { type AttributeValue, BatchGetItemCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Deployment } from '../deployed/discover';

/** DynamoDB: at most 100 items in one call. */
const KEYS_PER_CALL = 100;
/** Calls for what DynamoDB leaves unprocessed. */
const READS = 5;

/** An item, by its table's physical name and its key. */
export interface ItemKey {
  readonly table: string;
  readonly key: Readonly<Record<string, string>>;
}

/** Returns the items that exist, by {@link itemId}. @param keys those of one table have the same attributes, in one order */
export async function readItems<T>(clients: Deployment['clients'], keys: readonly ItemKey[]): Promise<Map<string, T>> {
  const unique = [...new Map(keys.map((key) => [itemId(key), key])).values()];
  const found = new Map<string, T>();
  for (let from = 0; from < unique.length; from += KEYS_PER_CALL) {
    const batch = unique.slice(from, from + KEYS_PER_CALL);
    const names = new Map(batch.map(({ table, key }) => [table, Object.keys(key)]));
    for (const [table, item] of await readBatch(clients.of(DynamoDBClient), batch)) {
      const key = Object.fromEntries((names.get(table) ?? []).map((name) => [name, String(item[name])]));
      found.set(itemId({ table, key }), item as T);
    }
  }
  return found;
}

/** Returns all items of a table. @param table its physical name */
export async function scanItems<T>({ clients }: Pick<Deployment, 'clients'>, table: string): Promise<T[]> {
  const client = clients.of(DynamoDBClient);
  const items: T[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
    items.push(...Items.map((item) => unmarshall(item) as T));
  return items;
}

export function itemId({ table, key }: ItemKey): string {
  return JSON.stringify([table, key]);
}

type Found = [table: string, item: Readonly<Record<string, unknown>>];

async function readBatch(client: DynamoDBClient, keys: readonly ItemKey[]): Promise<Found[]> {
  const found: Found[] = [];
  let RequestItems: Record<string, { Keys: Record<string, AttributeValue>[] }> = {};
  for (const { table, key } of keys) {
    RequestItems[table] ??= { Keys: [] };
    RequestItems[table].Keys.push(marshall(key));
  }
  for (let read = 0; read < READS && Object.keys(RequestItems).length > 0; read++) {
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(new BatchGetItemCommand({ RequestItems }));
    for (const [table, items] of Object.entries(Responses))
      found.push(...items.map((item): Found => [table, unmarshall(item)]));
    RequestItems = UnprocessedKeys as typeof RequestItems;
  }
  return found;
}
