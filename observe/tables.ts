import {
  type AttributeValue,
  DescribeTableCommand,
  DynamoDBClient,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Failure } from '../cli/failure';
import type { Deployment } from '../deployed/discover';

/** A table of a deployed service. */
export interface DeployedTable {
  /** `orders.orders`; every service has `<service>.records`, its idempotency table. */
  readonly name: string;
  /** Its physical name. */
  readonly table: string;
}

/** A table's keys and size, and some of its items. */
export interface TableContent extends DeployedTable {
  readonly partitionKey: string;
  readonly sortKey?: string;
  /** DynamoDB updates this number every six hours. */
  readonly approximateItems: number;
  readonly items: readonly Readonly<Record<string, unknown>>[];
  /** Whether there are more items than were read. */
  readonly hasMore: boolean;
}

/** Returns all tables of a deployed system, by service and name. */
export function tablesOf({ services }: Pick<Deployment, 'services'>): DeployedTable[] {
  return services
    .flatMap(({ service, records, tables }) => [
      ...Object.entries(tables).map(([name, table]) => ({ name: `${service}.${name}`, table })),
      { name: `${service}.records`, table: records },
    ])
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * Reads items of a table: those with one partition key, or any.
 *
 * @param name `<service>.<table>`
 * @param options.key the value of the partition key. @default any items
 * @param options.limit items to read, at most. @default 20
 * @throws Failure when there is no table of this name
 */
export async function inspectTable(
  deployment: Pick<Deployment, 'services' | 'clients' | 'stage'>,
  name: string,
  { key, limit = 20 }: { readonly key?: string; readonly limit?: number } = {},
): Promise<TableContent> {
  const known = tablesOf(deployment);
  const found = known.find((one) => one.name === name);
  if (found === undefined) {
    throw new Failure(`There is no table "${name}". The tables are: ${known.map((one) => one.name).join(', ')}.`);
  }
  const client = deployment.clients.of(DynamoDBClient);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: found.table }));
  const keyOf = (type: string) => Table?.KeySchema?.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const partitionKey = keyOf('HASH') ?? '';
  const read =
    key === undefined ? scan(client, found.table, limit) : query(client, found.table, partitionKey, key, limit);
  const { items, hasMore } = await read;
  const sortKey = keyOf('RANGE');
  return {
    ...found,
    partitionKey,
    ...(sortKey !== undefined && { sortKey }),
    approximateItems: Table?.ItemCount ?? 0,
    items: items.map((item) => unmarshall(item)),
    hasMore,
  };
}

interface Read {
  readonly items: readonly Record<string, AttributeValue>[];
  readonly hasMore: boolean;
}

async function scan(client: DynamoDBClient, table: string, limit: number): Promise<Read> {
  const { Items = [], LastEvaluatedKey } = await client.send(new ScanCommand({ TableName: table, Limit: limit }));
  return { items: Items, hasMore: LastEvaluatedKey !== undefined };
}

async function query(client: DynamoDBClient, table: string, name: string, key: string, limit: number): Promise<Read> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: '#key = :key',
      ExpressionAttributeNames: { '#key': name },
      ExpressionAttributeValues: { ':key': { S: key } },
      Limit: limit,
      ConsistentRead: true,
    }),
  );
  return { items: Items, hasMore: LastEvaluatedKey !== undefined };
}
