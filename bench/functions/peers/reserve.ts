import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { OrderEvent } from './order';

const tables = new DynamoDBClient({});
const bus = new EventBridgeClient({});

/** Stores the reservation and publishes the event: two calls, so a crash between them loses the event. */
export async function reserve({ detail: { metadata, data } }: OrderEvent): Promise<void> {
  const { orderId, lines } = data;
  await tables.send(
    new PutItemCommand({
      TableName: process.env.TABLE_RESERVATIONS,
      Item: marshall({ orderId, status: 'reserved', lines }),
    }),
  );
  await bus.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: process.env.BUS_ARN,
          Source: 'bench',
          DetailType: 'StockReserved',
          Detail: JSON.stringify({ metadata: { ...metadata, causationId: metadata.id }, data: { orderId } }),
        },
      ],
    }),
  );
}
