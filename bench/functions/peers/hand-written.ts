import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { OrderEvent } from './order';
import { reserve } from './reserve';

const tables = new DynamoDBClient({});

/** Marks the event as seen, then does the work: a crash between the two loses it. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  await Promise.all(
    Records.map(async ({ messageId, body }) => {
      try {
        const event = OrderEvent.parse(JSON.parse(body));
        if (await isNew(event.detail.metadata.id)) await reserve(event);
        console.log(JSON.stringify({ message: 'processed', eventId: event.detail.metadata.id }));
      } catch (error) {
        console.error(error);
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }),
  );
  return { batchItemFailures };
}

async function isNew(id: string): Promise<boolean> {
  try {
    await tables.send(
      new PutItemCommand({
        TableName: process.env.RECORDS_TABLE,
        Item: { id: { S: id } },
        ConditionExpression: 'attribute_not_exists(#id)',
        ExpressionAttributeNames: { '#id': 'id' },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
