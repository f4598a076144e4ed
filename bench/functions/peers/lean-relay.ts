import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { DynamoDBStreamEvent } from 'aws-lambda';

const bus = new EventBridgeClient({});

/** The least that a relay can do: no order, no retries, no log. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const events = Records.flatMap(
    ({ dynamodb }) => JSON.parse(dynamodb?.NewImage?.outbox?.S ?? '[]') as OutgoingEvent[],
  );
  await bus.send(
    new PutEventsCommand({
      Entries: events.map(({ source, name, detail }) => ({
        EventBusName: process.env.BUS_ARN,
        Source: source,
        DetailType: name,
        Detail: JSON.stringify(detail),
      })),
    }),
  );
}

interface OutgoingEvent {
  readonly source: string;
  readonly name: string;
  readonly detail: object;
}
