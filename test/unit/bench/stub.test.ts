import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AwsStub } from '../../../bench/stub';
import { DynamoDbStore } from '../../../lambdas/runtime/store/dynamodb-store';
import type { Write } from '../../../lambdas/runtime/store/store';

const stub = new AwsStub();
afterAll(() => stub.stop());

it('answers single writes of several records in one call, each for itself', async () => {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new DynamoDBClient({ endpoint: await stub.start(), region: 'us-east-1', credentials });
  const store = new DynamoDbStore(client, (name) => name);
  const create = (id: string): Write => ({ kind: 'create', ref: { table: 'records', key: { id } }, item: { id } });
  expect(await store.writeEach([create('a'), create('b')])).toEqual([undefined, undefined]);
  expect(await store.writeEach([create('a'), create('c')])).toMatchObject([{ outcomes: ['failed'] }, undefined]);
  expect(stub.calls).toBe(2);
  expect(await store.load([create('c').ref])).toMatchObject([{ item: { id: 'c' } }]);
});
