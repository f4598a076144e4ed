import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  ProvisionedThroughputExceededException,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { PermanentError } from '../../../lambdas/runtime/errors';
import { DynamoDbStore, toCancelled } from '../../../lambdas/runtime/store/dynamodb-store';
import type { Store, Write } from '../../../lambdas/runtime/store/store';
import { type AwsAnswer, withAws } from '../../support/aws-endpoint';

const note = (id: string): Write => ({ kind: 'create', ref: { table: 'notes', key: { id } }, item: { id } });
const writes = ['a', 'b'].map(note);
const said = { message: 'said', $metadata: {} };
const cancelled = (...codes: (string | undefined)[]) =>
  new TransactionCanceledException({ ...said, CancellationReasons: codes.map((Code) => ({ Code })) });

describe('toCancelled', () => {
  test.each([
    [cancelled('ConditionalCheckFailed', 'None'), ['failed', 'ok']],
    [cancelled('None', 'TransactionConflict'), ['ok', 'conflict']],
    [cancelled('ThrottlingError', 'ProvisionedThroughputExceeded'), ['throttled', 'throttled']],
    [
      cancelled('ConditionalCheckFailed', 'TransactionConflict', 'None', 'ThrottlingError'),
      ['failed', 'conflict', 'ok', 'throttled'],
    ],
    [cancelled('ConditionalCheckFailed', undefined), ['failed', 'ok']],
    [new TransactionCanceledException({ ...said, CancellationReasons: undefined }), []],
    [new ConditionalCheckFailedException(said), ['failed', 'failed']],
    [new TransactionConflictException(said), ['conflict', 'conflict']],
    [new TransactionInProgressException(said), ['conflict', 'conflict']],
    [new ThrottlingException(said), ['throttled', 'throttled']],
    [new ProvisionedThroughputExceededException(said), ['throttled', 'throttled']],
    [new Error('socket hang up'), undefined],
  ])('translates %s to %j', (error, outcomes) => {
    expect(toCancelled(error, writes)?.outcomes).toEqual(outcomes);
  });

  test.each(['ValidationError', 'ItemCollectionSizeLimitExceeded'])(
    'rejects a transaction with a write that can never succeed (%s)',
    (code) => {
      expect(() => toCancelled(cancelled('None', code), writes)).toThrow(PermanentError);
    },
  );
});

describe('a call that DynamoDB refuses whenever it is made has the same outcome on every path:', () => {
  const query = {
    table: 'notes',
    index: 'by-due',
    partition: { attribute: 'part', value: 'p' },
    sort: { attribute: 'due', upTo: 'z' },
    limit: 1,
  };
  const transaction: AwsAnswer['body'] = {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    CancellationReasons: [{ Code: 'None' }, { Code: 'ValidationError', Message: 'a key is empty' }],
  };
  const validation = { __type: 'com.amazon.coral.validate#ValidationException', message: 'a key is empty' };
  const collection = { __type: 'com.amazonaws.dynamodb.v20120810#ItemCollectionSizeLimitExceededException' };
  const serialization = { __type: 'com.amazon.coral.service#SerializationException' };

  test.each<[string, object, (store: Store) => Promise<unknown>]>([
    ['a single PutItem', validation, (store) => store.transact([note('a')])],
    ['a single PutItem that cannot be parsed', serialization, (store) => store.transact([note('a')])],
    ['a single PutItem into a full collection', collection, (store) => store.transact([note('a')])],
    ['a transaction, by the reason of one write', transaction, (store) => store.transact(writes)],
    ['a transaction as a whole', validation, (store) => store.transact(writes)],
    ['a GetItem', validation, (store) => store.load([{ table: 'notes', key: { id: '' } }])],
    ['a BatchGetItem', validation, (store) => store.load(['', ' '].map((id) => ({ table: 'notes', key: { id } })))],
    ['a Query', validation, (store) => store.query(query)],
  ])('%s is rejected', async (_, body, call) => {
    await withAws(
      () => ({ status: 400, body }),
      async (settings) => {
        const store = new DynamoDbStore(new DynamoDBClient(settings), (name) => name);
        await expect(call(store)).rejects.toMatchObject({ name: 'PermanentError', reason: 'rejected' });
      },
    );
  });

  test('and says why', () => {
    const CancellationReasons = [{ Code: 'None' }, { Code: 'ValidationError', Message: 'a key is empty' }];
    expect(() => toCancelled(new TransactionCanceledException({ ...said, CancellationReasons }), writes)).toThrow(
      'DynamoDB refuses the call, now and later: a key is empty',
    );
  });

  test('a call that is throttled is not', async () => {
    await withAws(
      () => ({ status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException' } }),
      async (settings) => {
        const store = new DynamoDbStore(new DynamoDBClient(settings), (name) => name);
        await expect(store.load([{ table: 'notes', key: { id: 'a' } }])).rejects.not.toBeInstanceOf(PermanentError);
        await expect(store.transact([note('a')])).rejects.toMatchObject({ outcomes: ['throttled'] });
      },
    );
  });
});
