import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type BatchStatementRequest,
  type BatchStatementResponse,
  type CancellationReason,
  ConditionalCheckFailedException,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Consumption, indexUnits, itemBytes, readUnits, writeUnits } from './capacity';
import { type Attributes, compare, fulfils, type Placeholders, update } from './expressions';
import { ServiceError } from './service-error';
import { readStatement, type Statement } from './statements';

/** The keys of a table, and the attribute with the time in seconds after which an item may be deleted. */
export interface Schema {
  readonly key: string;
  readonly sortKey?: string;
  readonly timeToLive?: string;
  readonly indexes?: Readonly<
    Record<string, { readonly key: string; readonly sortKey: string; readonly keysOnly?: boolean }>
  >;
}

/** A record of a table's stream. */
export interface Change {
  readonly table: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  /** The item after the change. For `REMOVE`: before it. */
  readonly image: Attributes;
}

interface Table {
  readonly schema: Schema;
  readonly items: Map<string, Attributes>;
  /** Writes of the last {@link MOST_INDEX_LAG}, the oldest first. Recorded only if the table has indexes. */
  readonly recent: RecentWrite[];
}

interface RecentWrite {
  readonly at: number;
  readonly id: string;
  readonly before: Attributes | undefined;
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
const MOST_STATEMENTS = 25;
const ITEM_BYTES = 400 * 1_024;
const MOST_BYTES_OF_A_CHARACTER = 3;
const TRANSACTION_BYTES = 4 * 1_024 * 1_024;
/**
 * The longest time until an index shows a write, in milliseconds. AWS names no limit: "a fraction of a second, under normal
 * conditions", and longer after failures
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes).
 */
export const MOST_INDEX_LAG = 10_000;

/**
 * DynamoDB: tables with global secondary indexes, conditions, transactions with their cancellation reasons, streams and expiry.
 * Every call is atomic and takes no time. {@link simulatedClient} adds time and faults.
 */
export class SimulatedDynamoDb {
  private readonly tables = new Map<string, Table>();
  /** Item → the item before its last write. */
  private readonly before = new WeakMap<Attributes, Attributes>();

  /**
   * @param schemaOf the keys of a table, by its physical name
   * @param now milliseconds since 1970
   * @param onChanges receives the changes of each write or transaction, in the form of stream records
   * @param onExpiry receives the time at which an item expires, and the function that deletes it if it has expired then. Until
   *   the deletion, the item is read as before
   * @param meter receives the capacity units of each item. @default they are not counted
   */
  constructor(
    private readonly schemaOf: (table: string) => Schema,
    private readonly now: () => number,
    private readonly onChanges: (changes: readonly Change[]) => void = () => {},
    private readonly onExpiry: (at: number, remove: () => void) => void = () => {},
    private readonly meter?: (consumption: Consumption) => void,
  ) {}

  /**
   * Executes a command of the SDK.
   *
   * @param lag the age of what a query of an index sees, in milliseconds, at most {@link MOST_INDEX_LAG}. With a lag, reads that are
   *   not consistent see the item before its last write
   * @throws the SDK's errors
   */
  execute(command: object, lag = 0): object {
    if (command instanceof GetItemCommand) {
      const { TableName, Key, ConsistentRead } = command.input;
      return { Item: this.get(TableName, Key, lag > 0 && !ConsistentRead) };
    }
    if (command instanceof BatchGetItemCommand) return this.batchGet(command.input, lag);
    if (command instanceof QueryCommand) return this.query(command.input, lag);
    if (command instanceof PutItemCommand || command instanceof UpdateItemCommand) return this.write(command.input);
    if (command instanceof TransactWriteItemsCommand) return this.transact(command.input.TransactItems ?? []);
    if (command instanceof BatchExecuteStatementCommand) return this.executeEach(command.input.Statements ?? []);
    if (command instanceof ScanCommand) return this.scan(command.input);
    if (command instanceof DescribeTableCommand) return { Table: { ItemCount: 0 } };
    throw new Error(`The simulated DynamoDB has no ${command.constructor.name}.`);
  }

  /** Whether a table has writes that its indexes may not show yet. */
  hasRecentWrites(table: string): boolean {
    const { recent } = this.table(table);
    return (recent.at(-1)?.at ?? 0) > this.now() - MOST_INDEX_LAG;
  }

  /** Deletes all items that have expired, at once. */
  deleteExpired(): void {
    for (const [name, { items }] of this.tables) for (const id of [...items.keys()]) this.remove(name, id);
  }

  /** Returns all items of a table. For assertions. */
  items(table: string): Attributes[] {
    return [...(this.tables.get(table)?.items.values() ?? [])];
  }

  private batchGet({ RequestItems = {} }: BatchGetItemCommandInput, lag: number): object {
    const keys = Object.entries(RequestItems).flatMap(([table, { Keys = [] }]) => Keys.map((key) => ({ table, key })));
    require(keys.length <= MOST_ITEMS, `A BatchGetItem reads ${MOST_ITEMS} items at most.`);
    const ids = new Set(keys.map(({ table, key }) => `${table}/${this.idOf(table, key)}`));
    require(ids.size === keys.length, 'Provided list of item keys contains duplicates');
    const Responses: Record<string, Attributes[]> = {};
    for (const { table, key } of keys) {
      Responses[table] ??= [];
      const item = this.get(table, key, lag > 0 && !RequestItems[table]?.ConsistentRead);
      if (item) Responses[table].push(item);
    }
    return { Responses, UnprocessedKeys: {} };
  }

  private scan({ TableName = '', FilterExpression = '', ...placeholders }: ScanCommandInput): object {
    const items = [...this.table(TableName).items.values()];
    const Items = FilterExpression ? items.filter((item) => fulfils(item, FilterExpression, placeholders)) : items;
    return { Items, ScannedCount: items.length };
  }

  private query(input: QueryCommandInput, indexLag: number): object {
    const { TableName = '', IndexName, KeyConditionExpression = '', Limit = Number.POSITIVE_INFINITY } = input;
    const table = this.table(TableName);
    const { schema } = table;
    const items = IndexName === undefined ? table.items : itemsAt(this.now() - indexLag, table);
    const keys = IndexName === undefined ? schema : schema.indexes?.[IndexName];
    if (!keys) throw new ServiceError('ValidationException', `The table does not have the index ${IndexName}`);
    const sortKey = keys.sortKey ?? '';
    const Items = [...items.values()]
      .filter((item) => item[keys.key] && (!sortKey || item[sortKey]))
      .filter((item) => fulfils(item, KeyConditionExpression, input))
      .sort((one, other) => compare(one[sortKey] as AttributeValue, other[sortKey] as AttributeValue));
    if (input.ScanIndexForward === false) Items.reverse();
    const found = Items.slice(0, Limit);
    if (this.meter) {
      const bytes = found.reduce((sum, item) => sum + itemBytes(item), 0);
      // An index is eventually consistent, which halves the units.
      this.meter({ of: `${TableName}/${IndexName}`, kind: 'read', units: readUnits(bytes) / 2, bytes });
    }
    return { Items: found };
  }

  private get(table?: string, key?: Attributes, isStale = false): Attributes | undefined {
    const item = this.read(table, key, isStale);
    if (this.meter && table) {
      const bytes = itemBytes(item ?? {});
      this.meter({ of: table, kind: 'read', units: readUnits(bytes), bytes });
    }
    return item;
  }

  private write(input: WriteInput): object {
    this.measure(input, 1);
    const reason = this.check(input);
    if (reason) throw new ConditionalCheckFailedException({ ...metadata(reason.Message), Item: reason.Item });
    this.onChanges(this.apply(input));
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
    for (const write of writes) this.measure(write, 2);
    const reasons = writes.map((write): CancellationReason => this.check(write) ?? { Code: 'None' });
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
    this.onChanges(writes.flatMap((write) => this.apply(write)));
    return {};
  }

  /** Executes each statement for itself. */
  private executeEach(statements: readonly BatchStatementRequest[]): object {
    require(statements.length > 0 &&
      statements.length <= MOST_STATEMENTS, `A batch has 1 to ${MOST_STATEMENTS} statements.`);
    return { Responses: statements.map((one) => this.executeOne(readStatement(one))) };
  }

  private executeOne(statement: Statement): BatchStatementResponse {
    const { table: TableName } = statement;
    const input = statement.kind === 'insert' ? this.toInsert(statement) : this.toUpdate(statement);
    this.measure(input, 1);
    const reason = this.check(input);
    if (reason) {
      const Code = statement.kind === 'insert' ? 'DuplicateItem' : 'ConditionalCheckFailed';
      return { TableName, Error: { Code, Message: reason.Message } };
    }
    this.onChanges(this.apply(input));
    return { TableName };
  }

  private toInsert({ table, item: Item }: Statement & { kind: 'insert' }): WriteInput {
    const ConditionExpression = `attribute_not_exists(${this.table(table).schema.key})`;
    return { TableName: table, Item, ConditionExpression };
  }

  private toUpdate({ table, set, removed, where }: Statement & { kind: 'update' }): WriteInput {
    const Item = { ...this.read(table, where), ...where, ...set };
    for (const name of removed) delete Item[name];
    const names = Object.keys(where);
    return {
      TableName: table,
      Item,
      ConditionExpression: names.map((name) => `${name} = :${name}`).join(' AND '),
      ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, where[name] as AttributeValue])),
    };
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

  /**
   * Counts a write, which takes its units even if its condition fails. The larger of both images counts.
   *
   * @param factor 2 in a transaction, which prepares and commits each item of the table. Its indexes follow later, outside of it
   */
  private measure(write: WriteInput, factor: number): void {
    if (!this.meter) return;
    const { TableName: of = '', Item, Key, UpdateExpression } = write;
    const { schema } = this.table(of);
    const before = this.read(of, Item ?? Key);
    const after = Item ?? update(before ?? Key ?? {}, UpdateExpression ?? '', write);
    const bytes = Math.max(itemBytes(before ?? {}), itemBytes(after));
    this.meter({ of, kind: 'write', units: factor * writeUnits(bytes), bytes });
    const keys = [schema.key, ...(schema.sortKey ? [schema.sortKey] : [])];
    for (const [name, index] of Object.entries(schema.indexes ?? {})) {
      const used = indexUnits(index, keys, before, after);
      if (used.units > 0) this.meter({ of: `${of}/${name}`, kind: 'write', ...used });
    }
  }

  private apply(write: WriteInput): Change[] {
    const { TableName = '', Item, Key = {}, UpdateExpression } = write;
    const there = this.read(TableName, Item ?? Key);
    if (!Item && UpdateExpression === undefined) return [];
    const image = Item ?? update(there ?? Key, UpdateExpression as string, write);
    require(bytesOf(image) <= ITEM_BYTES, 'Item size has exceeded the maximum allowed size');
    this.store(this.table(TableName), this.idOf(TableName, image), image);
    this.watchExpiry(TableName, this.idOf(TableName, image), image);
    return [{ table: TableName, eventName: there ? 'MODIFY' : 'INSERT', image }];
  }

  private store({ schema, items, recent }: Table, id: string, image: Attributes): void {
    const now = this.now();
    if (schema.indexes) {
      while (recent[0] && recent[0].at <= now - MOST_INDEX_LAG) recent.shift();
      recent.push({ at: now, id, before: items.get(id) });
    }
    const before = items.get(id);
    if (before) {
      this.before.set(image, before);
      this.before.delete(before);
    }
    items.set(id, image);
  }

  private read(table = '', key: Attributes = {}, isStale = false): Attributes | undefined {
    const item = this.table(table).items.get(this.idOf(table, key));
    return isStale && item ? this.before.get(item) : item;
  }

  private watchExpiry(table: string, id: string, image: Attributes): void {
    const expiry = expiryOf(this.table(table).schema, image);
    if (expiry !== undefined) this.onExpiry(expiry, () => this.remove(table, id));
  }

  /** Deletes an item if it has expired. */
  private remove(table: string, id: string): void {
    const { schema, items } = this.table(table);
    const image = items.get(id);
    if (!image || (expiryOf(schema, image) ?? Number.POSITIVE_INFINITY) > this.now()) return;
    items.delete(id);
    this.onChanges([{ table, eventName: 'REMOVE', image }]);
  }

  private table(name: string): Table {
    const known = this.tables.get(name);
    if (known) return known;
    const table = { schema: this.schemaOf(name), items: new Map(), recent: [] };
    this.tables.set(name, table);
    return table;
  }

  private idOf(table: string, attributes: Attributes = {}): string {
    const { key, sortKey } = this.table(table).schema;
    const value = attributes[key]?.S;
    if (!value) throw new ServiceError('ValidationException', `The key ${key} of ${table} is missing.`);
    return sortKey ? JSON.stringify([value, attributes[sortKey]?.S]) : value;
  }
}

/** Returns the items of a table at an earlier time. */
function itemsAt(time: number, { items, recent }: Table): Map<string, Attributes> {
  if ((recent.at(-1)?.at ?? 0) <= time) return items;
  const earlier = new Map(items);
  for (const { at, id, before } of recent.toReversed()) {
    if (at <= time) break;
    if (before) earlier.set(id, before);
    else earlier.delete(id);
  }
  return earlier;
}

/** The time at which an item expires, in milliseconds since 1970. */
function expiryOf({ timeToLive }: Schema, item: Attributes): number | undefined {
  const expiry = timeToLive && item[timeToLive]?.N;
  return expiry ? Number(expiry) * 1_000 : undefined;
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
