import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { deterministicId, spanOf } from '../../../lambdas/runtime/events/ids';

const bus = new EventBridgeClient({});

/** The least that a relay can do: no order, no retries, no log. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const events = Records.flatMap(({ dynamodb }) => {
    const { id, correlationId, processedAt, outbox } = dynamodb?.NewImage ?? {};
    const [consumer = '', causationId = ''] = id?.S?.split('#') ?? [];
    const [source = ''] = consumer.split('.');
    const { trace, events: entries } = JSON.parse(outbox?.S ?? '{"events":[]}') as Outbox;
    return entries.map(({ name, data, version = 1 }, position) => {
      const own = { id: deterministicId(consumer, causationId, position), version };
      const shared = { correlationId: correlationId?.S, causationId, occurredAt: processedAt?.S };
      const traceparent = `00-${trace}-${spanOf(own.id)}-01`;
      return { source, name, detail: { metadata: { ...own, ...shared, traceparent }, data } };
    });
  });
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

interface Outbox {
  readonly trace: string;
  readonly events: readonly {
    readonly name: string;
    readonly version?: number;
    readonly data: object;
  }[];
}
