import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type CancellationReason,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Attributes, compare, fulfils, type Placeholders, update } from './expressions';
import { ServiceError } from './service-error';

/** The keys of a table, and the attribute with the time in seconds after which an item may be deleted. */
export interface Schema {
  readonly key: string;
  readonly sortKey?: string;
  readonly timeToLive?: string;
  readonly indexes?: Readonly<Record<string, { readonly key: string; readonly sortKey: string }>>;
}

/** A record of a table's stream. */
export interface Change {
  readonly table: string;
  readonly eventName: 'INSERT' | 'MODIFY';
  readonly image: Attributes;
}

interface Table {
  readonly schema: Schema;
  readonly items: Map<string, Attributes>;
}

/** The common parameters of `PutItem`, `UpdateItem` and their equivalents in a transaction. */
interface WriteInput extends Placeholders {
  readonly TableName?: string;
  readonly Item?: Attributes;
  readonly Key?: Attributes;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE';
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const MOST_ITEMS = 100;
const ITEM_BYTES = 400 * 1_024;
const MOST_BYTES_OF_A_CHARACTER = 3;
const TRANSACTION_BYTES = 4 * 1_024 * 1_024;

/**
 * DynamoDB: tables with global secondary indexes, conditions, transactions with their cancellation reasons, streams and expiry.
 * Every call is atomic and takes no time. {@link simulatedClient} adds time and faults.
 */
export class SimulatedDynamoDb {
  private readonly tables = new Map<string, Table>();

  /**
   * @param schemaOf the keys of a table, by its physical name
   * @param now milliseconds since 1970
   * @param onChange receives the records of the table's stream
   */
  constructor(
    private readonly schemaOf: (table: string) => Schema,
    private readonly now: () => number,
    private readonly onChange: (change: Change) => void = () => {},
  ) {}

  /** Executes a command of the SDK. @throws the SDK's errors */
  execute(command: object): object {
    if (command instanceof GetItemCommand) return { Item: this.read(command.input.TableName, command.input.Key) };
    if (command instanceof BatchGetItemCommand) return this.batchGet(command.input);
    if (command instanceof QueryCommand) return this.query(command.input);
    if (command instanceof PutItemCommand || command instanceof UpdateItemCommand) return this.write(command.input);
    if (command instanceof TransactWriteItemsCommand) return this.transact(command.input.TransactItems ?? []);
    throw new Error(`The simulated DynamoDB has no ${command.constructor.name}.`);
  }

  /** Returns all items of a table that were ever written, including expired ones. For assertions. */
  items(table: string): Attributes[] {
    return [...(this.tables.get(table)?.items.values() ?? [])];
  }

  private batchGet({ RequestItems = {} }: BatchGetItemCommandInput): object {
    const keys = Object.entries(RequestItems).flatMap(([table, { Keys = [] }]) => Keys.map((key) => ({ table, key })));
    require(keys.length <= MOST_ITEMS, `A BatchGetItem reads ${MOST_ITEMS} items at most.`);
    const ids = new Set(keys.map(({ table, key }) => `${table}/${this.idOf(table, key)}`));
    require(ids.size === keys.length, 'Provided list of item keys contains duplicates');
    const Responses: Record<string, Attributes[]> = {};
    for (const { table, key } of keys) {
      Responses[table] ??= [];
      const item = this.read(table, key);
      if (item) Responses[table].push(item);
    }
    return { Responses, UnprocessedKeys: {} };
  }

  private query(input: QueryCommandInput): object {
    const { TableName = '', IndexName, KeyConditionExpression = '', Limit = Number.POSITIVE_INFINITY } = input;
    const { schema, items } = this.table(TableName);
    const keys = IndexName === undefined ? schema : schema.indexes?.[IndexName];
    if (!keys) throw new ServiceError('ValidationException', `The table does not have the index ${IndexName}`);
    const sortKey = keys.sortKey ?? '';
    const Items = [...items.values()]
      .filter((item) => this.isThere(schema, item) && item[keys.key] && (!sortKey || item[sortKey]))
      .filter((item) => fulfils(item, KeyConditionExpression, input))
      .sort((one, other) => compare(one[sortKey] as AttributeValue, other[sortKey] as AttributeValue));
    if (input.ScanIndexForward === false) Items.reverse();
    return { Items: Items.slice(0, Limit) };
  }

  private write(input: WriteInput): object {
    const reason = this.check(input);
    if (reason) throw new ConditionalCheckFailedException({ ...metadata(reason.Message), Item: reason.Item });
    this.apply(input);
    return {};
  }

  private transact(items: readonly TransactWriteItem[]): object {
    const writes = items.map((item): WriteInput => {
      const write = item.Put ?? item.Update ?? item.ConditionCheck;
      if (!write) throw new Error('The simulated DynamoDB has no Delete in transactions.');
      return write;
    });
    require(writes.length > 0 && writes.length <= MOST_ITEMS, `A transaction has 1 to ${MOST_ITEMS} writes.`);
    const ids = new Set(
      writes.map(({ TableName = '', Item, Key }) => `${TableName}/${this.idOf(TableName, Item ?? Key)}`),
    );
    require(ids.size === writes.length, 'Transaction request cannot include multiple operations on one item');
    const bytes = writes.reduce((sum, { Item, Key }) => sum + bytesOf(Item ?? Key ?? {}), 0);
    require(bytes <= TRANSACTION_BYTES, 'Collection size of items in transaction exceeded 4 MB');
    const reasons = writes.map((write): CancellationReason => this.check(write) ?? { Code: 'None' });
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
    for (const write of writes) this.apply(write);
    return {};
  }

  /** The reason why a write fails, if it does. */
  private check(write: WriteInput): CancellationReason | undefined {
    const { TableName = '', ConditionExpression, ReturnValuesOnConditionCheckFailure } = write;
    const there = this.read(TableName, write.Item ?? write.Key);
    if (ConditionExpression === undefined || fulfils(there, ConditionExpression, write)) return undefined;
    return {
      Code: 'ConditionalCheckFailed',
      Message: 'The conditional request failed',
      ...(ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && there && { Item: { ...there } }),
    };
  }

  private apply(write: WriteInput): void {
    const { TableName = '', Item, Key = {}, UpdateExpression } = write;
    const there = this.read(TableName, Item ?? Key);
    if (!Item && UpdateExpression === undefined) return;
    const image = Item ?? update(there ?? Key, UpdateExpression as string, write);
    require(bytesOf(image) <= ITEM_BYTES, 'Item size has exceeded the maximum allowed size');
    this.table(TableName).items.set(this.idOf(TableName, image), image);
    this.onChange({ table: TableName, eventName: there ? 'MODIFY' : 'INSERT', image });
  }

  private read(table = '', key: Attributes = {}): Attributes | undefined {
    const { schema, items } = this.table(table);
    const item = items.get(this.idOf(table, key));
    return item && this.isThere(schema, item) ? item : undefined;
  }

  /** DynamoDB deletes an item some time after it has expired. Here it is deleted at once. */
  private isThere({ timeToLive }: Schema, item: Attributes): boolean {
    const expiry = timeToLive && item[timeToLive]?.N;
    return !expiry || Number(expiry) * 1_000 > this.now();
  }

  private table(name: string): Table {
    const table = this.tables.get(name) ?? { schema: this.schemaOf(name), items: new Map<string, Attributes>() };
    this.tables.set(name, table);
    return table;
  }

  private idOf(table: string, attributes: Attributes = {}): string {
    const { key, sortKey } = this.table(table).schema;
    const values = [attributes[key]?.S, sortKey && attributes[sortKey]?.S];
    require(Boolean(values[0]), `The key ${key} of ${table} is missing.`);
    return sortKey ? JSON.stringify(values) : (values[0] as string);
  }
}

/** The error of a transaction that is cancelled, with one reason for each of its writes. */
export function cancelled(reasons: CancellationReason[]): TransactionCanceledException {
  return new TransactionCanceledException({ ...metadata('Transaction cancelled'), CancellationReasons: reasons });
}

function metadata(message = '') {
  return { message, $metadata: { httpStatusCode: 400 } };
}

function require(holds: boolean, message: string): void {
  if (!holds) throw new ServiceError('ValidationException', message);
}

/** About as many bytes as DynamoDB counts: exact for text in long items, because only these come near a limit. */
function bytesOf(item: Attributes): number {
  let characters = 0;
  for (const { S = '' } of Object.values(item)) characters += S.length;
  if (characters < ITEM_BYTES / MOST_BYTES_OF_A_CHARACTER / MOST_ITEMS) return characters;
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value.S ?? JSON.stringify(value)),
    0,
  );
}
