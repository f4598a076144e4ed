import { randomUUID } from 'node:crypto';
import type { BatchWriteItemCommandInput, TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { awsJson, lightService } from './service';

const dynamoDb = lightService({
  name: 'dynamodb',
  isFipsInGovCloud: true,
  id: 'DYNAMODB',
  protocol: awsJson('1.0', 'DynamoDB_20120810'),
});

export const DynamoDBClient = dynamoDb.Client;
export const BatchExecuteStatementCommand = dynamoDb.command('BatchExecuteStatement');
export const BatchGetItemCommand = dynamoDb.command('BatchGetItem');
export const GetItemCommand = dynamoDb.command('GetItem');
export const PutItemCommand = dynamoDb.command('PutItem');
export const QueryCommand = dynamoDb.command('Query');

/** A token of the call makes its retry harmless. */
export const TransactWriteItemsCommand = dynamoDb.command(
  'TransactWriteItems',
  (input: TransactWriteItemsCommandInput) => ({ ClientRequestToken: randomUUID(), ...input }),
);

/** The journal's items have bytes, which JSON has in base64. */
export const BatchWriteItemCommand = dynamoDb.command(
  'BatchWriteItem',
  ({ RequestItems = {} }: BatchWriteItemCommandInput) => ({
    RequestItems: Object.fromEntries(
      Object.entries(RequestItems).map(([table, requests]) => [
        table,
        requests.map(({ PutRequest }) => ({ PutRequest: { Item: withText(PutRequest?.Item ?? {}) } })),
      ]),
    ),
  }),
);

export const ConditionalCheckFailedException = dynamoDb.exception('ConditionalCheckFailedException');
export const ProvisionedThroughputExceededException = dynamoDb.exception('ProvisionedThroughputExceededException');
export const ThrottlingException = dynamoDb.exception('ThrottlingException');
export const TransactionCanceledException = dynamoDb.exception('TransactionCanceledException');
export const TransactionConflictException = dynamoDb.exception('TransactionConflictException');
export const TransactionInProgressException = dynamoDb.exception('TransactionInProgressException');

/** Items that DynamoDB has not processed come back with text already. */
function withText(item: Readonly<Record<string, { readonly B?: Uint8Array | string }>>): object {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      value.B instanceof Uint8Array ? { B: Buffer.from(value.B).toString('base64') } : value,
    ]),
  );
}
