import {
  ConditionalCheckFailedException,
  ProvisionedThroughputExceededException,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { PermanentError } from '../../../lambdas/runtime/errors';
import { toCancelled } from '../../../lambdas/runtime/store/dynamodb-store';
import type { Write } from '../../../lambdas/runtime/store/store';

const writes: readonly Write[] = ['a', 'b'].map((id) => ({
  kind: 'create',
  ref: { table: 'notes', key: { id } },
  item: {},
}));
const said = { message: 'said', $metadata: {} };
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({ ...said, CancellationReasons: codes.map((Code) => ({ Code })) });

test.each([
  [cancelled('ConditionalCheckFailed', 'None'), ['failed', 'ok']],
  [cancelled('None', 'TransactionConflict'), ['ok', 'conflict']],
  [cancelled('ThrottlingError', 'ProvisionedThroughputExceeded'), ['throttled', 'throttled']],
  [
    cancelled('ConditionalCheckFailed', 'TransactionConflict', 'None', 'ThrottlingError'),
    ['failed', 'conflict', 'ok', 'throttled'],
  ],
  [new ConditionalCheckFailedException(said), ['failed', 'failed']],
  [new TransactionConflictException(said), ['conflict', 'conflict']],
  [new TransactionInProgressException(said), ['conflict', 'conflict']],
  [new ThrottlingException(said), ['throttled', 'throttled']],
  [new ProvisionedThroughputExceededException(said), ['throttled', 'throttled']],
  [new Error('socket hang up'), undefined],
])('DynamoDB’s %s is told as %j', (error, outcomes) => {
  expect(toCancelled(error, writes)?.outcomes).toEqual(outcomes);
});

test.each(['ValidationError', 'ItemCollectionSizeLimitExceeded'])(
  'a write that DynamoDB refuses for good (%s) is parked',
  (code) => {
    expect(() => toCancelled(cancelled('None', code), writes)).toThrow(PermanentError);
  },
);
