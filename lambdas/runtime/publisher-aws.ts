import { type EventBridgeClient, PutEventsCommand, type PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { OutgoingEvent } from './envelope';
import { describe } from './errors';
import { toMessageAttributes } from './message-attributes';
import { allFailed, type EntryResult, type Publisher } from './publish';
import type { Log } from './runtime';

/** Publishing to EventBridge; what it refuses goes to an SQS queue. */
export function awsPublisher(
  events: EventBridgeClient,
  queues: SQSClient,
  target: { readonly bus: string; readonly deadLetterQueue: string; readonly log: Log },
): Publisher {
  return {
    putEvents: (entries) => putEvents(events, target.bus, entries),
    setAside: async (event, recordId, error) => {
      await queues.send(
        new SendMessageCommand({
          QueueUrl: target.deadLetterQueue,
          MessageBody: JSON.stringify(toBusEvent(event)),
          MessageAttributes: toMessageAttributes({
            reason: 'refused-by-bus',
            error,
            consumer: 'relay',
            recordId,
            eventId: event.detail.metadata.id,
            correlationId: event.detail.metadata.correlationId,
            parkedAt: new Date().toISOString(),
          }),
        }),
      );
    },
    sleep: (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds)),
    random: Math.random,
    log: target.log,
  };
}

/** The event as it would have come from the bus, so that a dead letter looks the same wherever it was parked. */
function toBusEvent({ source, name, detail }: OutgoingEvent) {
  return { source, 'detail-type': name, detail };
}

async function putEvents(
  client: EventBridgeClient,
  bus: string,
  events: readonly OutgoingEvent[],
): Promise<readonly EntryResult[]> {
  try {
    const { Entries = [] } = await client.send(
      new PutEventsCommand({
        Entries: events.map(({ source, name, detail }) => ({
          EventBusName: bus,
          Source: source,
          DetailType: name,
          Detail: JSON.stringify(detail),
          Time: new Date(detail.metadata.occurredAt),
        })),
      }),
    );
    return Entries.map(toResult);
  } catch (error) {
    if (!isRefusal(error)) return allFailed(events, error);
    if (events.length === 1) return [{ kind: 'refused', error: describe(error) }];
    // One entry spoils the call for the others: ask for each alone.
    return (await Promise.all(events.map((event) => putEvents(client, bus, [event])))).flat();
  }
}

/** Error codes of single entries that pass by themselves (EventBridge API reference, PutEvents); all others stay. */
const PASSING = new Set(['ThrottlingException', 'InternalFailure', 'InternalException', 'ServiceUnavailable']);

function toResult({ ErrorCode, ErrorMessage = '' }: PutEventsResultEntry): EntryResult {
  if (!ErrorCode) return { kind: 'published' };
  return { kind: PASSING.has(ErrorCode) ? 'failed' : 'refused', error: `${ErrorCode}: ${ErrorMessage}` };
}

/** A 4xx that is no throttling: the call itself is what the bus objects to. */
function isRefusal(error: unknown): boolean {
  const { name = '', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 500;
  return (
    status >= 400 && status < 500 && status !== 408 && status !== 429 && !/Throttl|TooManyRequests|Expired/.test(name)
  );
}
