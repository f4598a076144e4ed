import { type EventBridgeClient, PutEventsCommand, type PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import type { OutgoingEvent } from '../events/envelope';
import { afterFailedCall } from './failures';
import type { EntryResult } from './publish';

/** Publishes on the bus. */
export async function sendToBus(
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
    return afterFailedCall(events, error, (event) => sendToBus(client, bus, [event]));
  }
}

/** Error codes of single entries that pass by themselves (EventBridge API reference, PutEvents); all others stay. */
const PASSING = new Set(['ThrottlingException', 'InternalFailure', 'InternalException', 'ServiceUnavailable']);

function toResult({ ErrorCode, ErrorMessage = '' }: PutEventsResultEntry): EntryResult {
  if (!ErrorCode) return { kind: 'published' };
  return { kind: PASSING.has(ErrorCode) ? 'failed' : 'refused', error: `${ErrorCode}: ${ErrorMessage}` };
}
