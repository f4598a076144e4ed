import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type BatchStatementRequest,
  type CancellationReason,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  type DynamoDBServiceException,
  GetItemCommand,
  type KeysAndAttributes,
  ProvisionedThroughputExceededException,
  type Put,
  PutItemCommand,
  QueryCommand,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { PermanentError } from '../errors';
import { fullJitter, type Random } from '../retry';
import { type Attributes, fromAttributes, toAttributes } from './attributes';
import { batchLoads } from './batch-loads';
import { toStatement, toWriteError } from './statements';
import {
  type Item,
  type Loaded,
  type Query,
  RECORDED,
  type Ref,
  type Store,
  TransactionCancelled,
  type Write,
  type WriteOutcome,
  writeOneByOne,
} from './store';

/** The attribute with an item's version: a number that every write increments. */
const VERSION = '_version';
/** The attribute with an item's receipts. */
const RECEIPTS = '_receipts';

/** RFC 9110, 15.5.14. */
const CONTENT_TOO_LARGE = 413;
/** Statements in one `BatchExecuteStatement`. */
const MOST_STATEMENTS = 25;

/** How often unprocessed keys are read again. After that the message is retried, which reads everything again. */
const READS = 5;
/** Milliseconds between two reads of unprocessed keys. */
const READ_AGAIN = { base: 50, cap: 800 };

/** The clock and random numbers of a store's backoff. */
export interface Pace {
  /** Waits, in milliseconds. */
  sleep(milliseconds: number): Promise<unknown>;
  readonly random: Random;
  /** Calls back after all code that is ready to run has run. */
  soon(action: () => void): void;
}

const realPace: Pace = { sleep, random: Math.random, soon: setImmediate };

/** The store on DynamoDB. */
export class DynamoDbStore implements Store {
  /**
   * @param tables returns a table's physical name for its logical name
   * @param pace how it waits. The simulation passes its own
   */
  constructor(
    private readonly client: Pick<DynamoDBClient, 'send'>,
    private readonly tables: (logicalName: string) => string,
    private readonly pace: Pace = realPace,
  ) {}

  async load(refs: readonly Ref[]): Promise<readonly (Loaded | undefined)[]> {
    try {
      return await this.loadTogether(refs);
    } catch (error) {
      throw toPermanent(error) ?? error;
    }
  }

  async query({ table, index, partition, sort, limit }: Query): Promise<readonly Item[]> {
    const query = new QueryCommand({
      TableName: this.tables(table),
      IndexName: index,
      KeyConditionExpression: `#partition = :partition AND #sort ${sort.from ? 'BETWEEN :from AND' : '<='} :upTo`,
      ExpressionAttributeNames: { '#partition': partition.attribute, '#sort': sort.attribute },
      ExpressionAttributeValues: {
        ':partition': { S: partition.value },
        ':upTo': { S: sort.upTo },
        ...(sort.from && { ':from': { S: sort.from } }),
      },
      Limit: limit,
    });
    try {
      const { Items = [] } = await this.client.send(query);
      return Items.map((item) => toLoaded(item).item);
    } catch (error) {
      throw toPermanent(error) ?? error;
    }
  }

  async transact(writes: readonly Write[]): Promise<void> {
    const [first] = writes;
    try {
      // A single write needs no transaction, which costs twice as much.
      if (first && first.kind !== 'adjust' && writes.length === 1)
        await this.client.send(new PutItemCommand(this.toPut(first)));
      else await this.client.send(new TransactWriteItemsCommand({ TransactItems: writes.map((w) => this.toItem(w)) }));
    } catch (error) {
      throw toCancelled(error, writes) ?? error;
    }
  }

  async writeEach(writes: readonly Write[]): Promise<readonly (Error | undefined)[]> {
    const results = new Map<Write, Error | undefined>();
    const expressed = writes.flatMap((write) => {
      const statement = this.toStatement(write);
      return statement ? [{ write, statement }] : [];
    });
    const calls: Promise<void>[] = [];
    for (let from = 0; from < expressed.length; from += MOST_STATEMENTS) {
      calls.push(this.execute(expressed.slice(from, from + MOST_STATEMENTS), results));
    }
    await Promise.all(calls);
    const others = writes.filter((write) => !results.has(write));
    const errors = await writeOneByOne(others, (write) => this.transact([write]));
    for (const [index, write] of others.entries()) results.set(write, errors[index]);
    return writes.map((write) => results.get(write));
  }

  private readonly loadTogether = batchLoads(
    (refs) => this.read(refs),
    (error) => toPermanent(error) !== undefined,
    (flush) => this.pace.soon(flush),
  );

  private async read(refs: readonly Ref[]): Promise<readonly (Loaded | undefined)[]> {
    const [first] = refs;
    if (!first || refs.length > 1) return this.readMany(refs);
    const { table, key } = first;
    const { Item: item } = await this.client.send(
      new GetItemCommand({ TableName: this.tables(table), Key: toAttributes(key), ConsistentRead: true }),
    );
    return [item && toLoaded(item)];
  }

  private async readMany(refs: readonly Ref[]): Promise<readonly (Loaded | undefined)[]> {
    const keys = new Map<string, Attributes[]>();
    const names = new Map<string, readonly string[]>();
    const ids = refs.map(({ table, key }) => {
      const physical = this.tables(table);
      const parts = names.get(physical) ?? Object.keys(key);
      names.set(physical, parts);
      const attributes = toAttributes(key);
      const some = keys.get(physical) ?? [];
      some.push(attributes);
      keys.set(physical, some);
      return idOf(physical, parts, attributes);
    });
    let unread: Record<string, KeysAndAttributes> = Object.fromEntries(
      [...keys].map(([table, Keys]) => [table, { Keys, ConsistentRead: true }]),
    );
    const found = new Map<string, Loaded>();
    for (let attempt = 1; Object.keys(unread).length > 0; attempt++) {
      if (attempt > READS)
        throw new Error(`DynamoDB left items of ${Object.keys(unread).join(', ')} unread in ${READS} reads.`);
      if (attempt > 1) await this.pace.sleep(fullJitter(attempt - 1, READ_AGAIN, this.pace.random));
      const { Responses = {}, UnprocessedKeys = {} } = await this.client.send(
        new BatchGetItemCommand({ RequestItems: unread }),
      );
      for (const [table, parts] of names) {
        for (const item of Responses[table] ?? []) found.set(idOf(table, parts, item), toLoaded(item));
      }
      unread = UnprocessedKeys;
    }
    return ids.map((id) => found.get(id));
  }

  /** Executes several statements by one call. Adds no result for a write that DynamoDB does not accept as a statement. */
  private async execute(some: readonly Expressed[], results: Map<Write, Error | undefined>): Promise<void> {
    if (some.length < 2) return;
    try {
      const Statements = some.map(({ statement }) => statement);
      const { Responses = [] } = await this.client.send(new BatchExecuteStatementCommand({ Statements }));
      for (const [index, { write }] of some.entries()) {
        const response = Responses[index];
        if (response === undefined || response.Error?.Code === 'ValidationError') continue;
        results.set(write, response.Error && toWriteError(response.Error));
      }
    } catch (error) {
      if (isRefusal(error)) return;
      for (const { write } of some) results.set(write, toCancelled(error, [write]) ?? (error as Error));
    }
  }

  private toStatement(write: Write): BatchStatementRequest | undefined {
    if (write.kind === 'adjust') return undefined;
    const put = { table: this.tables(write.ref.table), keys: Object.keys(write.ref.key), item: this.toPut(write).Item };
    if (write.kind === 'create' || write.expected === 'absent') return toStatement(put);
    const { expected, replaced: names } = write;
    return names && toStatement({ ...put, replaced: { condition: { [VERSION]: { N: String(expected) } }, names } });
  }

  private toItem(write: Write): TransactWriteItem {
    return write.kind === 'adjust' ? { Update: this.toUpdate(write) } : { Put: this.toPut(write) };
  }

  private toPut(write: Write & { kind: 'create' | 'put' }): Put & { readonly Item: Attributes } {
    const { ref, item } = write;
    const TableName = this.tables(ref.table);
    const expected = write.kind === 'create' ? 'absent' : write.expected;
    if (expected === 'absent') {
      const [partitionKey = ''] = Object.keys(ref.key);
      return {
        TableName,
        Item: toStored(item, 1, write),
        ConditionExpression: 'attribute_not_exists(#key)',
        ExpressionAttributeNames: { '#key': partitionKey },
      };
    }
    return {
      TableName,
      Item: toStored(item, expected + 1, write),
      ConditionExpression: '#version = :expected',
      ExpressionAttributeNames: { '#version': VERSION },
      ExpressionAttributeValues: { ':expected': { N: String(expected) } },
    };
  }

  private toUpdate({ ref, attribute, by, floor }: Write & { kind: 'adjust' }) {
    return {
      TableName: this.tables(ref.table),
      Key: toAttributes(ref.key),
      UpdateExpression: `ADD #number :by, #version :one${ref.keepsReceipts ? ' REMOVE #recorded' : ''}`,
      ExpressionAttributeNames: {
        '#number': attribute,
        '#version': VERSION,
        ...(ref.keepsReceipts && { '#recorded': RECORDED }),
      },
      ExpressionAttributeValues: {
        ':by': { N: String(by) },
        ':one': { N: '1' },
        ...(floor !== undefined && { ':least': { N: String(floor - by) } }),
      },
      ...(floor !== undefined && {
        ConditionExpression: '#number >= :least',
        // Distinguishes an item that does not exist from a number that is too low.
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      }),
    };
  }
}

/** A write that a statement expresses. */
interface Expressed {
  readonly write: Write;
  readonly statement: BatchStatementRequest;
}

/** Identifies an item of a batch, whose items are returned in any order. */
function idOf(table: string, names: readonly string[], item: Attributes): string {
  // All keys are strings. None of them contains the separator, which no table accepts.
  return [table, ...names.map((name) => item[name]?.S)].join('\0');
}

function toStored(
  item: Item,
  version: number,
  { receipts, hasRecord }: Write & { kind: 'create' | 'put' },
): Attributes {
  const stored = toAttributes(item);
  stored[VERSION] = { N: String(version) };
  if (receipts !== undefined) stored[RECEIPTS] = { L: receipts.map((receipt) => ({ S: receipt })) };
  if (hasRecord) stored[RECORDED] = { BOOL: true };
  return stored;
}

function toLoaded(stored: Attributes): Loaded {
  const attributes = Object.keys(stored);
  const item = fromAttributes(stored, attributes.filter(isOfItem));
  const version = Number(stored[VERSION]?.N ?? 0);
  const receipts = stored[RECEIPTS]?.L?.map(({ S }) => String(S));
  return { item, version, receipts, attributes };
}

function isOfItem(name: string): boolean {
  return name !== VERSION && name !== RECEIPTS && name !== RECORDED;
}

/** Names of errors, and of the reasons of cancelled transactions, that a call has whenever it is made. */
const PERMANENT = new Set<string | undefined>([
  ...['ValidationException', 'SerializationException', 'ItemCollectionSizeLimitExceededException'],
  ...['ValidationError', 'ItemCollectionSizeLimitExceeded'],
]);

/** Whether DynamoDB refuses a call as a whole, for example because it is too large. */
function isRefusal(error: unknown): boolean {
  const { $metadata } = error as Partial<DynamoDBServiceException>;
  return toPermanent(error) !== undefined || $metadata?.httpStatusCode === CONTENT_TOO_LARGE;
}

/** The error for a call that DynamoDB refuses whenever it is made; undefined for any other error. */
function toPermanent(error: unknown): PermanentError | undefined {
  const { name: Code, message: Message } = error as Error;
  const reasons = error instanceof TransactionCanceledException ? error.CancellationReasons : [{ Code, Message }];
  const reason = reasons?.find((one) => PERMANENT.has(one.Code));
  return reason && new PermanentError(`DynamoDB refuses the call, now and later: ${reason.Message}`, 'rejected');
}

/**
 * Translates DynamoDB's refusal of writes to the outcomes of the single writes; undefined for any other error.
 *
 * @throws PermanentError `rejected` when one of the writes can never succeed, alone or in a transaction
 */
export function toCancelled(error: unknown, writes: readonly Write[]): TransactionCancelled | undefined {
  const permanent = toPermanent(error);
  if (permanent) throw permanent;
  if (error instanceof TransactionCanceledException) {
    const reasons = error.CancellationReasons ?? [];
    return new TransactionCancelled(reasons.map((reason, index) => toOutcome(reason, writes[index])));
  }
  const all = (outcome: WriteOutcome) => new TransactionCancelled(Array<WriteOutcome>(writes.length).fill(outcome));
  if (error instanceof ConditionalCheckFailedException) return all('failed');
  if (error instanceof TransactionConflictException || error instanceof TransactionInProgressException) {
    return all('conflict');
  }
  if (error instanceof ThrottlingException || error instanceof ProvisionedThroughputExceededException) {
    return all('throttled');
  }
  return undefined;
}

function toOutcome({ Code, Item }: CancellationReason, write: Write | undefined): WriteOutcome {
  if (Code === undefined || Code === 'None') return 'ok';
  if (Code === 'ConditionalCheckFailed') return write?.kind === 'adjust' && !Item ? 'missing' : 'failed';
  return Code === 'TransactionConflict' ? 'conflict' : 'throttled';
}
