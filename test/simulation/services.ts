import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ThrottlingException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { DynamoDbStore, type Pace } from '../../lambdas/runtime/store/dynamodb-store';
import type { Item, Store, Write } from '../../lambdas/runtime/store/store';
import { type Change, cancelled, type Schema, SimulatedDynamoDb } from './aws/dynamodb';
import type { Attributes } from './aws/expressions';
import type { Conditions } from './conditions';
import type { FaultKind } from './faults';
import { type Invocation, Unreachable } from './invocation';
import type { SimulatedStream } from './stream';

/** The longest time between two reads of one call, in milliseconds. */
const TEAR = 200;

/** Simulates the tables of all services, with a stream on each idempotency table. */
export class SimulatedServices {
  /** Messages and requests that were committed together with others. */
  grouped = 0;
  private readonly dynamoDb: SimulatedDynamoDb;
  private readonly streams = new Map<string, SimulatedStream>();
  /** The last results of index queries. */
  private readonly answers = new Map<string, object>();
  /** The items as functions read them. An item is never changed, only replaced. */
  private readonly seen = new WeakMap<Attributes, Item>();

  constructor(
    private readonly conditions: Conditions,
    schemaOf: (table: string) => Schema,
    private readonly makeStream: (service: string) => SimulatedStream,
    private readonly sabotage: (command: object) => object = (command) => command,
  ) {
    const { time } = conditions;
    this.dynamoDb = new SimulatedDynamoDb(
      schemaOf,
      () => time.now,
      (change) => this.show(change),
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
      if (write.kind === 'adjust' || write.ref.table !== 'records') continue;
      const image = marshall(write.item, { removeUndefinedValues: true });
      this.show({ table: tableName(service, 'records'), eventName: 'INSERT', image });
    }
  }

  /** Returns all items of a table as functions read them. */
  items<T>(service: string, table: string): T[] {
    return this.dynamoDb.items(tableName(service, table)).map((stored) => {
      const known = this.seen.get(stored);
      if (known) return known as T;
      const { _version, ...item } = unmarshall(stored);
      this.seen.set(stored, item);
      return item as T;
    });
  }

  /** Writes the items that exist after the deployment. */
  seed(service: string, writes: readonly Write[]): Promise<void> {
    return storeOf(service, async (command) => this.dynamoDb.execute(command)).transact(writes);
  }

  private call(service: string, invocation: Invocation, asked: object): Promise<object> {
    const command = this.sabotage(asked);
    const name = nameOf(command);
    const effect = () => {
      this.refuseInOutage(service);
      if (command instanceof BatchGetItemCommand) return this.readMany(`${invocation.name} ${name}`, command);
      if (command instanceof QueryCommand) return this.readIndex(command);
      const answer = this.dynamoDb.execute(command);
      if (command instanceof TransactWriteItemsCommand) this.count(command);
      return answer;
    };
    const kinds: readonly FaultKind[] = isWrite(command) ? ['throttled', 'conflict'] : ['throttled'];
    return invocation.step<object>(name, effect, kinds, (kind) =>
      refusal(kind, command, this.conditions.chance.number(`${name} conflict`)),
    );
  }

  /** Sometimes leaves keys unread or reads the items at two moments, as `BatchGetItem` can. */
  private async readMany(step: string, command: BatchGetItemCommand): Promise<object> {
    const { faults, chance, time } = this.conditions;
    const fault = faults.at(step, ['keys unread', 'torn read']);
    if (!fault) return this.dynamoDb.execute(command);
    const [first, second] = halves(command);
    const one = this.dynamoDb.execute(first) as Answer;
    if (fault === 'keys unread') return { ...one, UnprocessedKeys: second.input.RequestItems };
    await new Promise<void>((wake) => time.after(chance.number(step) * TEAR, wake));
    return joined(one, this.dynamoDb.execute(second) as Answer);
  }

  /** Returns the result of an earlier query sometimes, because indexes are eventually consistent. */
  private readIndex(command: QueryCommand): object {
    const { TableName, IndexName, ExpressionAttributeValues = {} } = command.input;
    const name = `${TableName} ${IndexName} ${ExpressionAttributeValues[':partition']?.S}`;
    const fresh = this.dynamoDb.execute(command);
    const stale = this.answers.get(name) ?? { Items: [] };
    this.answers.set(name, fresh);
    const isBehind = JSON.stringify(stale) !== JSON.stringify(fresh);
    return isBehind && this.conditions.faults.at(name, ['stale index']) ? stale : fresh;
  }

  private count({ input: { TransactItems = [] } }: TransactWriteItemsCommand): void {
    const records = TransactItems.filter(({ Put }) => Put?.TableName?.endsWith('.records')).length;
    if (records > 1) this.grouped += records;
  }

  private refuseInOutage(service: string): void {
    const { faults, time } = this.conditions;
    if (faults.isDown(service, time.now)) throw new Unreachable(`${service} is down`);
  }

  private show(change: Change): void {
    const [service = '', table] = change.table.split('.');
    if (table !== 'records') return;
    const stream = this.streams.get(service) ?? this.makeStream(service);
    this.streams.set(service, stream);
    stream.append(change);
  }
}

/** The name of a service's table: `orders.records`. */
function tableName(service: string, table: string): string {
  return `${service}.${table}`;
}

function storeOf(service: string, send: (command: object) => Promise<object>, pace?: Pace): DynamoDbStore {
  return new DynamoDbStore({ send } as Pick<DynamoDBClient, 'send'>, (table) => tableName(service, table), pace);
}

function isWrite(command: object): command is PutItemCommand | TransactWriteItemsCommand {
  return command instanceof PutItemCommand || command instanceof TransactWriteItemsCommand;
}

/** Returns the name of a call, which is the same in every run. */
function nameOf(command: object): string {
  if (command instanceof TransactWriteItemsCommand) {
    const [{ Put, Update } = {} as TransactWriteItem] = command.input.TransactItems ?? [];
    return `write ${firstKey(Put?.Item ?? Update?.Key)}`;
  }
  if (command instanceof PutItemCommand) return `write ${firstKey(command.input.Item)}`;
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
