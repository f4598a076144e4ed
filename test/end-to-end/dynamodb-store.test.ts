import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SdkClients } from '../../deployed/clients';
import { DynamoDbStore } from '../../lambdas/runtime/store/dynamodb-store';
import { describeStore } from '../support/store-suite';
import { endpoint } from './cloud';

(endpoint === undefined ? describe.skip : describe)('on the local cloud', () => {
  const client = new SdkClients(endpoint).of(DynamoDBClient);
  const tables: string[] = [];

  afterAll(async () => {
    for (const TableName of tables) await client.send(new DeleteTableCommand({ TableName }));
  });

  describeStore('the store on DynamoDB', async () => {
    const TableName = `notes-${tables.length}`;
    tables.push(TableName);
    const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
    await client.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: ['id', 'part', 'due'].map(attribute),
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-due',
            KeySchema: [
              { AttributeName: 'part', KeyType: 'HASH' },
              { AttributeName: 'due', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    return new DynamoDbStore(client, () => TableName);
  });
});
