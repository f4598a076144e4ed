import { DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { OrderEvent } from './order';

const tables = new DynamoDBClient({});

/** One transaction for each message: the record with the event in it, and the reservation. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  await Promise.all(
    Records.map(async ({ messageId, body }) => {
      try {
        const event = OrderEvent.parse(JSON.parse(body));
        await commit(event);
        console.log(JSON.stringify({ message: 'processed', eventId: event.detail.metadata.id }));
      } catch (error) {
        console.error(error);
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }),
  );
  return { batchItemFailures };
}

async function commit({ detail: { metadata, data } }: OrderEvent): Promise<void> {
  const { orderId, lines } = data;
  const outbox = JSON.stringify([
    { name: 'StockReserved', detail: { metadata: { ...metadata, causationId: metadata.id }, data: { orderId } } },
  ]);
  try {
    await tables.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          {
            Put: {
              TableName: process.env.RECORDS_TABLE,
              Item: marshall({ id: metadata.id, outbox }),
              ConditionExpression: 'attribute_not_exists(#id)',
              ExpressionAttributeNames: { '#id': 'id' },
            },
          },
          {
            Put: {
              TableName: process.env.TABLE_RESERVATIONS,
              Item: marshall({ orderId, status: 'reserved', lines }),
            },
          },
        ],
      }),
    );
  } catch (error) {
    const reasons = error instanceof TransactionCanceledException ? error.CancellationReasons : undefined;
    if (reasons?.[0]?.Code !== 'ConditionalCheckFailed') throw error;
  }
}
