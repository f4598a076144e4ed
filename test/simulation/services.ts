import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ThrottlingException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type InboxOwner, inboxesOf } from '../../deployed/inboxes';
import type { OutboxRecord } from '../../lambdas/runtime/events/outbox';
import { fromAttributes, toAttributes } from '../../lambdas/runtime/store/attributes';
import { DynamoDbStore, type Pace } from '../../lambdas/runtime/store/dynamodb-store';
import { type Item, RECORDED, type Store, type Write } from '../../lambdas/runtime/store/store';
import { consumerIn, eventIdOf, recordIn } from '../../lambdas/runtime/work/receipts';
import type { Consumption } from './aws/capacity';
import { type Change, cancelled, MOST_INDEX_LAG, type Schema, SimulatedDynamoDb } from './aws/dynamodb';
import type { Attributes } from './aws/expressions';
import { readStatement } from './aws/statements';
import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import { type Invocation, Unreachable } from './invocation';
import { type SimulatedStream, serviceOf } from './stream';

const DAY = 24 * 60 * 60 * 1_000;
const EXPIRY_HORIZON = 2 * DAY;

/** The longest time between two reads of one call, in milliseconds. */
const TEAR = 200;

/** Capacity units that a function has consumed. */
export interface Usage extends Consumption {
  /** The name of the invocation. */
  readonly by: string;
}

/** Simulates the tables of all services, with a stream on each idempotency table and each inbox that keeps records. */
export class SimulatedServices {
  /** Messages and requests that were committed together with others. */
  grouped = 0;
  private readonly dynamoDb: SimulatedDynamoDb;
  /** The invocation that makes a call. */
  private caller = '';
  /** By table. */
  private readonly streams = new Map<string, SimulatedStream>();
  /** Service → every write of a record, the history of its effects. */
  private readonly written = new Map<string, OutboxRecord[]>();
  /** The items as functions read them. An item is never changed, only replaced. */
  private readonly seen = new WeakMap<Attributes, Item>();

  constructor(
    private readonly conditions: Conditions,
    schemaOf: (table: string) => Schema,
    private readonly makeStream: (table: string) => SimulatedStream,
    /** Receives the changes of each write or transaction, when it has been applied. */
    private readonly watch: (changes: readonly Change[]) => void,
    private readonly sabotage: (command: object) => object = (command) => command,
    meter?: (usage: Usage) => void,
  ) {
    const { time } = conditions;
    this.dynamoDb = new SimulatedDynamoDb(
      schemaOf,
      () => time.now,
      (changes) => this.show(changes),
      (at, remove) => this.planExpiry(at, remove),
      meter && ((consumption) => meter({ ...consumption, by: this.caller })),
    );
  }

  /** Returns the service's store for one invocation. Every call takes time and can fail. */
  store(service: string, invocation: Invocation): Store {
    const { chance } = this.conditions;
    const pace: Pace = {
      sleep: (milliseconds) => invocation.sleep(milliseconds),
      random: () => chance.number(`${invocation.name} reads again`),
      soon: invocation.soon,
    };
    return storeOf(service, (command) => this.call(service, invocation, command), pace);
  }

  /** Adds the records of these writes to the table's stream without writing them. */
  publish(service: string, writes: readonly Write[]): void {
    for (const write of writes) {
      if (write.kind === 'adjust' || !(write.ref.table === 'records' || write.hasRecord)) continue;
      const receipts = write.hasRecord && { [RECORDED]: true, _receipts: write.receipts };
      const image = toAttributes({ ...write.item, ...receipts });
      const table = tableName(service, write.ref.table);
      this.stream(table).append({ table, eventName: 'INSERT', image });
    }
  }

  /** Returns all items of a table as functions read them. */
  items<T>(service: string, table: string): T[] {
    return this.dynamoDb.items(tableName(service, table)).map((stored) => this.read<T>(stored));
  }

  /** Returns the history of a service's effects: its records as often as they were written, whether or not they are still there. */
  effects(service: string): readonly OutboxRecord[] {
    return this.written.get(service) ?? [];
  }

  /** Returns the tables of the inboxes in which a service keeps records. */
  inboxes(service: string): string[] {
    return [...this.streams.keys()].filter((table) => serviceOf(table) === service && !isRecords(table));
  }

  /** Deletes all items that have expired. */
  deleteExpired(): void {
    this.dynamoDb.deleteExpired();
  }

  /** Returns DynamoDB as an operator's command calls it. */
  client(operator: Invocation): DynamoDBClient {
    const send = (command: object) =>
      retry(() => operator.step<object>(command.constructor.name, () => this.dynamoDb.execute(command)));
    // The SDK's paginators accept only instances of the client.
    return Object.assign(Object.create(DynamoDBClient.prototype), { send });
  }

  /** Returns the receipts in all inboxes, as `<consumer>#<id of the event>`. */
  receipts(manifests: readonly InboxOwner[]): string[] {
    return manifests.flatMap((manifest) =>
      inboxesOf(manifest).flatMap(({ table, consumers }) => {
        const items = this.dynamoDb.items(tableName(manifest.service, table));
        const receipts = items.flatMap(({ _receipts }) => _receipts?.L?.flatMap(({ S }) => S ?? []) ?? []);
        return receipts.map((receipt) => `${consumerIn(receipt, consumers)}#${eventIdOf(receipt)}`);
      }),
    );
  }

  /** Writes the items that exist after the deployment. */
  seed(service: string, writes: readonly Write[]): Promise<void> {
    return storeOf(service, async (command) => this.dynamoDb.execute(command)).transact(writes);
  }

  private call(service: string, invocation: Invocation, asked: object): Promise<object> {
    const command = this.sabotage(asked);
    const name = nameOf(command);
    let refused: FaultKind | undefined;
    const effect = () => {
      this.refuseInOutage(service);
      this.caller = invocation.name;
      if (command instanceof BatchGetItemCommand) return this.readMany(`${invocation.name} ${name}`, command);
      if (command instanceof QueryCommand) return this.readIndex(command);
      if (command instanceof GetItemCommand && !command.input.ConsistentRead) return this.readEventually(name, command);
      if (refused && isBatch(command)) return this.executeAllButOne(name, command, refused);
      const answer = this.dynamoDb.execute(command);
      this.count(command);
      return answer;
    };
    const kinds: readonly FaultKind[] = isWrite(command) ? ['throttled', 'conflict'] : ['throttled'];
    return invocation.step<object>(name, effect, kinds, (kind) => {
      if (!isBatch(command)) return refusal(kind, command, this.conditions.chance.number(`${name} conflict`));
      if (kind === 'throttled' || kind === 'conflict') refused = kind;
      return undefined;
    });
  }

  /** Refuses one statement of a batch, which does not prevent the others. */
  private executeAllButOne(name: string, { input }: BatchExecuteStatementCommand, kind: FaultKind): object {
    const { Statements = [] } = input;
    const which = Math.floor(this.conditions.chance.number(`${name} conflict`) * Statements.length);
    const others = new BatchExecuteStatementCommand({ Statements: Statements.toSpliced(which, 1) });
    const { Responses } = this.dynamoDb.execute(others) as { Responses: object[] };
    const Code = kind === 'throttled' ? 'ThrottlingError' : 'TransactionConflict';
    return { Responses: Responses.toSpliced(which, 0, { Error: { Code, Message: `refused: ${kind}` } }) };
  }

  /** Sometimes leaves keys unread or reads the items at two moments, as `BatchGetItem` can. */
  private readMany(step: string, command: BatchGetItemCommand): object {
    const { faults, chance, time } = this.conditions;
    const fault = faults.at(step, ['keys unread', 'torn read']);
    const isConsistent = Object.values(command.input.RequestItems ?? {}).every(({ ConsistentRead }) => ConsistentRead);
    if (!isConsistent) return this.readEventually(step, command);
    if (!fault) return this.dynamoDb.execute(command);
    const [first, second] = halves(command);
    const one = this.dynamoDb.execute(first) as Answer;
    if (fault === 'keys unread') return { ...one, UnprocessedKeys: second.input.RequestItems };
    const wait = new Promise<void>((wake) => time.after(chance.number(step) * TEAR, wake));
    return wait.then(() => joined(one, this.dynamoDb.execute(second) as Answer));
  }

  /** Queries an index, which sometimes does not show the latest writes. Each page of a query has a lag of its own. */
  private readIndex(command: QueryCommand): object {
    const { TableName = '', IndexName, ExpressionAttributeValues = {} } = command.input;
    const { chance, faults } = this.conditions;
    const name = `${TableName} ${IndexName} ${ExpressionAttributeValues[':partition']?.S}`;
    const isBehind = this.dynamoDb.hasRecentWrites(TableName) && faults.at(name, ['stale index']) !== undefined;
    return this.dynamoDb.execute(command, isBehind ? chance.number(`${name} lag`) * MOST_INDEX_LAG : 0);
  }

  /** Reads items as they were before their last write sometimes, as reads do that are not consistent. */
  private readEventually(step: string, command: object): object {
    return this.dynamoDb.execute(command, this.conditions.faults.at(step, ['stale read']) ? 1 : 0);
  }

  /** Counts units that share a call. Each has a record, in a table or in an item. */
  private count(command: object): void {
    const { TransactItems = [] } = command instanceof TransactWriteItemsCommand ? command.input : {};
    const units = isBatch(command)
      ? (command.input.Statements?.length ?? 0)
      : TransactItems.filter(({ Put }) => isRecords(Put?.TableName ?? '') || Put?.Item?.[RECORDED]).length;
    if (units > 1) this.grouped += units;
  }

  private refuseInOutage(service: string): void {
    const { faults, time } = this.conditions;
    if (faults.isDown(service, time.now)) throw new Unreachable(`${service} is down`);
  }

  private read<T>(stored: Attributes): T {
    const known = this.seen.get(stored);
    if (known) return known as T;
    const { _version, _receipts, _recorded, ...item } = fromAttributes(stored);
    this.seen.set(stored, item);
    return item as T;
  }

  private show(changes: readonly Change[]): void {
    this.watch(changes);
    for (const change of changes) {
      const { table, image, eventName } = change;
      const isKept = image[RECORDED] !== undefined;
      if (!isRecords(table) && !isKept && !this.streams.has(table)) continue;
      const service = serviceOf(table);
      const written = this.written.get(service) ?? [];
      this.written.set(service, written);
      const record = isKept
        ? recordIn(image._receipts?.L?.at(-1)?.S ?? '')
        : isRecords(table) && this.read<OutboxRecord>(image);
      if (record && eventName !== 'REMOVE') written.push(record);
      this.stream(table).append(change);
    }
  }

  /** Deletes an item when it expires. Items that expire later than the world lasts stay. */
  private planExpiry(at: number, remove: () => void): void {
    const { time } = this.conditions;
    if (at - time.now <= EXPIRY_HORIZON) time.after(at - time.now, remove);
  }

  private stream(table: string): SimulatedStream {
    const stream = this.streams.get(table) ?? this.makeStream(table);
    this.streams.set(table, stream);
    return stream;
  }
}

/** The name of a service's table: `orders.records`. */
function tableName(service: string, table: string): string {
  return `${service}.${table}`;
}

function isRecords(table: string): boolean {
  return table.endsWith('.records');
}

function storeOf(service: string, send: (command: object) => Promise<object>, pace?: Pace): DynamoDbStore {
  return new DynamoDbStore({ send } as Pick<DynamoDBClient, 'send'>, (table) => tableName(service, table), pace);
}

function isWrite(command: object): boolean {
  return command instanceof PutItemCommand || command instanceof TransactWriteItemsCommand || isBatch(command);
}

function isBatch(command: object): command is BatchExecuteStatementCommand {
  return command instanceof BatchExecuteStatementCommand;
}

/** Returns the name of a call, which is the same in every run. */
function nameOf(command: object): string {
  if (command instanceof TransactWriteItemsCommand) {
    const [{ Put, Update } = {} as TransactWriteItem] = command.input.TransactItems ?? [];
    return `write ${firstKey(Put?.Item ?? Update?.Key)}`;
  }
  if (command instanceof PutItemCommand) return `write ${firstKey(command.input.Item)}`;
  if (command instanceof BatchExecuteStatementCommand) {
    const [first] = (command.input.Statements ?? []).map(readStatement);
    return `write ${firstKey(first?.kind === 'update' ? first.where : first?.item)}`;
  }
  if (command instanceof GetItemCommand) return `read ${firstKey(command.input.Key)}`;
  if (command instanceof QueryCommand) return `query ${command.input.ExpressionAttributeValues?.[':partition']?.S}`;
  return `read ${Object.values((command as BatchGetItemCommand).input.RequestItems ?? {})
    .flatMap(({ Keys = [] }) => Keys.map(firstKey))
    .join(' ')}`;
}

/** Records begin with their key, as do most items. Any other value that identifies the call would do. */
function firstKey(attributes: Record<string, AttributeValue> | undefined): string {
  const [value] = Object.values(attributes ?? {});
  return value?.S ?? '';
}

interface Answer {
  readonly Responses: Readonly<Record<string, readonly Attributes[]>>;
}

function halves(command: BatchGetItemCommand): [BatchGetItemCommand, BatchGetItemCommand] {
  const all = Object.entries(command.input.RequestItems ?? {}).flatMap(([table, { Keys = [], ConsistentRead }]) =>
    Keys.map((key) => ({ table, key, ConsistentRead })),
  );
  const half = Math.ceil(all.length / 2);
  const [first, second] = [all.slice(0, half), all.slice(half)].map((some) => {
    const RequestItems: Record<string, { Keys: Record<string, AttributeValue>[]; ConsistentRead?: boolean }> = {};
    for (const { table, key, ConsistentRead } of some) {
      RequestItems[table] ??= { Keys: [], ConsistentRead };
      RequestItems[table].Keys.push(key);
    }
    return new BatchGetItemCommand({ RequestItems });
  });
  return [first as BatchGetItemCommand, second as BatchGetItemCommand];
}

function joined(one: Answer, other: Answer): Answer {
  const Responses = { ...one.Responses };
  for (const [table, items] of Object.entries(other.Responses))
    Responses[table] = [...(Responses[table] ?? []), ...items];
  return { Responses };
}

/** Makes a call as often as the SDK does. */
function retry<T>(call: () => Promise<T>): Promise<T> {
  return call().catch(call).catch(call);
}

/** Returns DynamoDB's error for a call that it does not accept now. A conflict is on one item, throttling on the table. */
function refusal(kind: FaultKind, command: object, which: number): Error | undefined {
  const options = { message: `refused: ${kind}`, $metadata: { httpStatusCode: 400 } };
  if (command instanceof TransactWriteItemsCommand) {
    const { TransactItems = [] } = command.input;
    const all = (Code: string) => TransactItems.map(() => ({ Code }));
    if (kind === 'throttled') return cancelled(all('ThrottlingError'));
    if (kind === 'conflict')
      return cancelled(all('None').with(Math.floor(which * TransactItems.length), { Code: 'TransactionConflict' }));
  }
  if (kind === 'throttled') return new ThrottlingException(options);
  return kind === 'conflict' ? new TransactionConflictException(options) : undefined;
}
