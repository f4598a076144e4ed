import {
  type BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ThrottlingException,
  type TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { PermanentError } from '../../../lambdas/runtime/errors';
import { DynamoDbStore } from '../../../lambdas/runtime/store/dynamodb-store';
import { type Ref, TransactionCancelled, type Write } from '../../../lambdas/runtime/store/store';
import { SimulatedDynamoDb } from '../../simulation/aws/dynamodb';
import { describeStore } from '../../support/store-suite';

const schemas: Record<string, ConstructorParameters<typeof SimulatedDynamoDb>[0]> = {
  'physical-notes': () => ({ key: 'id', indexes: { 'by-due': { key: 'part', sortKey: 'due' } } }),
  'physical-pages': () => ({ key: 'book', sortKey: 'number' }),
};

/** A store on a simulated DynamoDB. Records the commands and the waits, and can change what a command returns. */
class StoreWorld {
  readonly commands: object[] = [];
  readonly waits: number[] = [];
  change = (_command: object, answer: object): object => answer;
  private readonly dynamoDb = new SimulatedDynamoDb(
    (table) => (schemas[table] ?? fail(table))(table),
    () => 0,
  );
  readonly store = new DynamoDbStore(
    {
      send: async (command: object) => {
        this.commands.push(command);
        return this.change(command, this.dynamoDb.execute(command));
      },
    } as Pick<DynamoDBClient, 'send'>,
    (table) => `physical-${table}`,
    {
      sleep: async (milliseconds) => this.waits.push(milliseconds),
      random: () => 1,
      soon: setImmediate,
    },
  );

  /** Returns the names of the commands so far, and forgets them. */
  sent(): string[] {
    return this.commands.splice(0).map((command) => command.constructor.name);
  }
}

function fail(table: string): never {
  throw new Error(`There is no table ${table}.`);
}

const note = (id: string): Ref => ({ table: 'notes', key: { id } });
const page = (book: string, number: string): Ref => ({ table: 'pages', key: { book, number } });

describeStore('the store on the simulated DynamoDB', () => new StoreWorld().store, {
  accepts: [
    ...['an adjustment of a string', 'an adjustment of a key', 'a range that ends before it begins'],
    ...['a query without a partition', 'a range up to an empty string', 'a query with limit 0'],
  ],
});

describe('the store on DynamoDB', () => {
  it('reads consistently, one item and several', async () => {
    const { store, commands } = new StoreWorld();
    await store.load([note('a')]);
    await store.load([note('a'), note('b'), page('c', '1')]);
    const reads = commands.map((command) => {
      if (command instanceof GetItemCommand) return [command.input.ConsistentRead];
      return Object.values((command as BatchGetItemCommand).input.RequestItems ?? {}).map((one) => one.ConsistentRead);
    });
    expect(reads).toEqual([[true], [true, true]]);
  });

  it('writes one item without a transaction, and adjusts it in one', async () => {
    const world = new StoreWorld();
    await world.store.transact([{ kind: 'create', ref: note('a'), item: { id: 'a', count: 1 } }]);
    await world.store.transact([{ kind: 'put', ref: note('a'), item: { id: 'a', count: 1 }, expected: 1 }]);
    await world.store.transact([{ kind: 'adjust', ref: note('a'), attribute: 'count', by: 1 }]);
    await world.store.transact(['b', 'c'].map((id) => ({ kind: 'create', ref: note(id), item: { id } })));
    const transaction = 'TransactWriteItemsCommand';
    expect(world.sent()).toEqual(['PutItemCommand', 'PutItemCommand', transaction, transaction]);
  });

  it('returns items of several tables with keys of two parts to those who asked for them', async () => {
    const { store } = new StoreWorld();
    const refs = [page('b', '1'), note('1'), page('b', '2'), page('c', '1'), page('b', '12'), page('b1', '2')];
    await store.transact(refs.map((ref) => ({ kind: 'create', ref, item: { ...ref.key } })));
    const found = await store.load([...refs, note('2')]);
    expect(found.map((one) => one?.item)).toEqual([...refs.map(({ key }) => key), undefined]);
  });

  it('creates an item with a key of two parts once', async () => {
    const { store } = new StoreWorld();
    const create = (number: string) =>
      store.transact([{ kind: 'create', ref: page('b', number), item: { book: 'b', number } }]);
    await create('1');
    await create('2');
    await expect(create('1')).rejects.toMatchObject({ outcomes: ['failed'] });
  });

  it('keeps the receipts of an item beside it', async () => {
    const { store } = new StoreWorld();
    const put = (receipts: string[] | undefined, expected: number | 'absent') =>
      store.transact([{ kind: 'put', ref: note('a'), item: { id: 'a' }, expected, receipts }]);
    const attributes = ['id', '_version', '_receipts'];
    await put(['one', 'two'], 'absent');
    expect(await store.load([note('a')])).toEqual([
      { item: { id: 'a' }, version: 1, receipts: ['one', 'two'], attributes },
    ]);
    await put([], 1);
    expect(await store.load([note('a')])).toEqual([{ item: { id: 'a' }, version: 2, receipts: [], attributes }]);
    await put(undefined, 2);
    expect(await store.load([note('a')])).toEqual([{ item: { id: 'a' }, version: 3, attributes: ['id', '_version'] }]);
  });

  it('reads an item that another program wrote as version 0', async () => {
    const world = new StoreWorld();
    world.change = (command, answer) => (command instanceof GetItemCommand ? { Item: { id: { S: 'a' } } } : answer);
    expect(await world.store.load([note('a')])).toEqual([{ item: { id: 'a' }, version: 0, attributes: ['id'] }]);
  });

  it('queries a range with both ends', async () => {
    const { store } = new StoreWorld();
    const days = ['1', '2', '3', '4'];
    await store.transact(
      days.map((due) => ({ kind: 'create', ref: note(due), item: { id: due, part: 'p', due, _version: 7 } })),
    );
    const partition = { attribute: 'part', value: 'p' };
    const sort = { attribute: 'due', from: '2', upTo: '3' };
    expect(await store.query({ table: 'notes', index: 'by-due', partition, sort, limit: 10 })).toEqual(
      ['2', '3'].map((due) => ({ id: due, part: 'p', due })),
    );
  });

  it('waits before it reads unprocessed keys again, each time up to twice as long', async () => {
    const world = new StoreWorld();
    let reads = 0;
    world.change = (command, answer) => {
      if (!(command instanceof BatchGetItemCommand) || ++reads === 5) return answer;
      return { UnprocessedKeys: command.input.RequestItems };
    };
    await world.store.transact(['a', 'b'].map((id) => ({ kind: 'create', ref: note(id), item: { id } })));
    expect((await world.store.load([note('a'), note('b')])).map((one) => one?.version)).toEqual([1, 1]);
    expect(world.waits).toEqual([50, 100, 200, 400]);
  });

  it('fails after five reads, and names the tables with unread items', async () => {
    const world = new StoreWorld();
    world.change = (command): Partial<BatchGetItemCommandOutput> => ({
      UnprocessedKeys: (command as BatchGetItemCommand).input.RequestItems,
    });
    await expect(world.store.load([note('a'), page('b', '1')])).rejects.toThrow(
      'DynamoDB left items of physical-notes, physical-pages unread in 5 reads.',
    );
    expect(world.commands).toHaveLength(5);
  });

  it('finds nothing when DynamoDB returns neither items nor unprocessed keys', async () => {
    const world = new StoreWorld();
    world.change = () => ({});
    expect(await world.store.load([note('a'), note('b')])).toEqual([undefined, undefined]);
    const [partition, sort] = [
      { attribute: 'part', value: 'p' },
      { attribute: 'due', upTo: '3' },
    ];
    expect(await world.store.query({ table: 'notes', index: 'by-due', partition, sort, limit: 1 })).toEqual([]);
  });

  it('stores version and receipts in attributes whose names never change', async () => {
    const world = new StoreWorld();
    await world.store.transact([{ kind: 'create', ref: note('a'), item: { id: 'a' }, receipts: ['one'] }]);
    expect((world.commands[0] as PutItemCommand).input.Item).toEqual({
      id: { S: 'a' },
      _version: { N: '1' },
      _receipts: { L: [{ S: 'one' }] },
    });
  });

  it('marks a write that adds a record, and removes the mark with the next one', async () => {
    const world = new StoreWorld();
    const inbox = { ...note('a'), keepsReceipts: true };
    await world.store.transact([{ kind: 'create', ref: inbox, item: { id: 'a' }, receipts: ['one'], hasRecord: true }]);
    await world.store.transact([{ kind: 'put', ref: inbox, item: { id: 'a' }, receipts: ['one'], expected: 1 }]);
    await world.store.transact([{ kind: 'adjust', ref: inbox, attribute: 'count', by: 2 }]);
    const [created, put, adjusted] = world.commands as [PutItemCommand, PutItemCommand, TransactWriteItemsCommand];
    expect(created.input.Item).toMatchObject({ _recorded: { BOOL: true } });
    expect(put.input.Item).not.toHaveProperty('_recorded');
    const update = adjusted.input.TransactItems?.[0]?.Update;
    expect(update?.UpdateExpression).toBe('ADD #number :by, #version :one REMOVE #recorded');
    expect(update?.ExpressionAttributeNames).toMatchObject({ '#recorded': '_recorded' });
  });

  it('adjusts without a value that its expressions do not use, which DynamoDB would refuse', async () => {
    const world = new StoreWorld();
    await world.store.transact([{ kind: 'adjust', ref: note('a'), attribute: 'count', by: 2 }]);
    const [Update] = (world.commands[0] as TransactWriteItemsCommand).input.TransactItems ?? [];
    expect(Update?.Update).toEqual({
      TableName: 'physical-notes',
      Key: { id: { S: 'a' } },
      UpdateExpression: 'ADD #number :by, #version :one',
      ExpressionAttributeNames: { '#number': 'count', '#version': '_version' },
      ExpressionAttributeValues: { ':by': { N: '2' }, ':one': { N: '1' } },
    });
  });
});

describe('writes of single items', () => {
  const create = (id: string, more: object = {}): Write => ({ kind: 'create', ref: note(id), item: { id, ...more } });
  const creates = (count: number) => Array.from({ length: count }, (_, index) => create(`n${index}`));
  const statements = ({ commands }: StoreWorld) =>
    (commands[0] as BatchExecuteStatementCommand | undefined)?.input.Statements;

  it('need one call for 25 of them, and a plain put for one', async () => {
    const world = new StoreWorld();
    await world.store.writeEach(creates(26));
    expect(world.sent()).toEqual(['BatchExecuteStatementCommand', 'PutItemCommand']);
    await world.store.writeEach([create('two'), create('three')]);
    expect(world.sent()).toEqual(['BatchExecuteStatementCommand']);
    await world.store.writeEach([create('four')]);
    expect(world.sent()).toEqual(['PutItemCommand']);
    await world.store.writeEach([]);
    expect(world.sent()).toEqual([]);
  });

  it('are statements with the condition of each', async () => {
    const world = new StoreWorld();
    const change: Write = {
      ...{ kind: 'put', ref: page('b', '1'), item: { book: 'b', number: '1', text: 'new', gone: undefined } },
      ...{ expected: 3, replaced: ['book', 'number', 'text', 'gone', 'lost', '_version', '_receipts'] },
    };
    await world.store.writeEach([{ ...create('a'), receipts: ['one'] } as Write, change]);
    expect(statements(world)).toEqual([
      {
        Statement: `INSERT INTO "physical-notes" VALUE {'id': ?, '_version': ?, '_receipts': ?}`,
        Parameters: [{ S: 'a' }, { N: '1' }, { L: [{ S: 'one' }] }],
      },
      {
        Statement:
          'UPDATE "physical-pages" SET "text"=? SET "_version"=? REMOVE "gone" REMOVE "lost" REMOVE "_receipts" ' +
          'WHERE "book"=? AND "number"=? AND "_version"=?',
        Parameters: [{ S: 'new' }, { N: '4' }, { S: 'b' }, { S: '1' }, { N: '3' }],
      },
    ]);
  });

  const put = (more: object, replaced?: string[]): Write => {
    return { kind: 'put', ref: note('a'), item: { id: 'a', ...more }, expected: 1, replaced };
  };
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`name${index}`, index]));
  it.each<[string, Write]>([
    ['replaces unknown attributes', put({})],
    ['has a name that needs an escape', put({ 'it"s': 1 }, ['id', '_version'])],
    ['removes a name that needs an escape', put({}, ['id', '_version', "it's"])],
    ['has a long statement', put(wide, ['id', '_version'])],
    ['adds to a number', { kind: 'adjust', ref: note('a'), attribute: 'count', by: 1 }],
  ])('are apart from one that %s', async (_, write) => {
    const world = new StoreWorld();
    await world.store.transact([create('a')]);
    world.sent();
    expect(await world.store.writeEach([write, ...creates(2)])).toEqual([undefined, undefined, undefined]);
    const alone = write.kind === 'adjust' ? 'TransactWriteItemsCommand' : 'PutItemCommand';
    expect(world.sent()).toEqual(['BatchExecuteStatementCommand', alone]);
  });

  it('may have statements of 8,192 characters', async () => {
    const world = new StoreWorld();
    const base = `INSERT INTO "physical-notes" VALUE {'id': ?, '': ?, '_version': ?}`.length;
    const named = (length: number) => create(`of ${length}`, { ['x'.repeat(length - base)]: 1 });
    await world.store.writeEach([named(8_191), named(8_192), named(8_193)]);
    expect(statements(world)?.map(({ Statement = '' }) => Statement.length)).toEqual([8_191, 8_192]);
    expect(world.sent()).toEqual(['BatchExecuteStatementCommand', 'PutItemCommand']);
  });

  const failed = new TransactionCancelled(['failed']);
  it.each<[string, unknown]>([
    ['ConditionalCheckFailed', failed],
    ['DuplicateItem', failed],
    ['TransactionConflict', new TransactionCancelled(['conflict'])],
    ['ThrottlingError', new TransactionCancelled(['throttled'])],
    ['ProvisionedThroughputExceeded', new TransactionCancelled(['throttled'])],
    ['RequestLimitExceeded', new TransactionCancelled(['throttled'])],
    [
      'ItemCollectionSizeLimitExceeded',
      new PermanentError('DynamoDB refuses the call, now and later: said', 'rejected'),
    ],
    ['InternalServerError', new Error('DynamoDB has not executed a statement (InternalServerError): said')],
    ['AccessDenied', new Error('DynamoDB has not executed a statement (AccessDenied): said')],
  ])('fail alone with %s', async (Code, error) => {
    const world = new StoreWorld();
    world.change = () => ({ Responses: [{}, { Error: { Code, Message: 'said' } }, {}] });
    const errors = await world.store.writeEach(creates(3));
    expect(errors).toEqual([undefined, error, undefined]);
    expect(errors[1]).toMatchObject(error as object);
    expect(world.commands).toHaveLength(1);
  });

  it.each([
    ['refuses as a statement', [{}, { Error: { Code: 'ValidationError' } }]],
    ['says nothing about', [{}]],
  ])('are put once more by their own call if DynamoDB %s', async (_, Responses) => {
    const world = new StoreWorld();
    world.change = (command, answer) => (command instanceof PutItemCommand ? answer : { Responses });
    const errors = await world.store.writeEach(creates(2));
    expect(errors).toEqual([undefined, failed]);
    expect(world.sent()).toEqual(['BatchExecuteStatementCommand', 'PutItemCommand']);
  });

  it('fail together if their call fails', async () => {
    const world = new StoreWorld();
    const failure = new Error('socket hang up');
    world.change = () => {
      throw failure;
    };
    expect(await world.store.writeEach(creates(2))).toEqual([failure, failure]);
    expect(world.commands).toHaveLength(1);
    world.change = () => {
      throw new ThrottlingException({ message: 'said', $metadata: {} });
    };
    const throttled = new TransactionCancelled(['throttled']);
    expect(await world.store.writeEach(creates(2))).toEqual([throttled, throttled]);
  });

  const refused = (name: string, httpStatusCode: number) =>
    Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
  it.each([
    ['refuses the statements as a whole', refused('ValidationException', 400)],
    ['finds them too large', refused('RequestEntityTooLarge', 413)],
  ])('are put by calls of their own if DynamoDB %s', async (_, refusal) => {
    const world = new StoreWorld();
    world.change = (command, answer) => {
      if (command instanceof PutItemCommand) return answer;
      throw refusal;
    };
    expect(await world.store.writeEach(creates(2))).toEqual([failed, failed]);
    expect(world.sent()).toEqual(['BatchExecuteStatementCommand', 'PutItemCommand', 'PutItemCommand']);
  });
});
