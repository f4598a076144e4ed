import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbStore } from '../../lambdas/runtime/store/dynamodb-store';

const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });

/** Creates the table of the store's suite. @returns a store on it */
export async function openNotes(client: DynamoDBClient, TableName: string): Promise<DynamoDbStore> {
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
}
