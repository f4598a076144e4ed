import { type EventBridgeClient, PutEventsCommand, type PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import { toJson } from '../events/bus-event';
import type { OutgoingEvent } from '../events/envelope';
import { afterFailedCall } from './failures';
import type { EntryResult } from './publish';

/**
 * Publishes events on the bus in one call, or in one call for each when EventBridge refuses the call.
 *
 * @param bus the bus's ARN
 */
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
          Detail: toJson(detail),
          Time: new Date(detail.metadata.occurredAt),
        })),
      }),
    );
    return Entries.map(toResult);
  } catch (error) {
    return afterFailedCall(events, error, (event) => sendToBus(client, bus, [event]));
  }
}

/** Transient error codes of single entries (EventBridge API reference, PutEvents). All others are permanent. */
const TRANSIENT = new Set(['ThrottlingException', 'InternalFailure', 'InternalException', 'ServiceUnavailable']);

function toResult({ ErrorCode, ErrorMessage = '' }: PutEventsResultEntry): EntryResult {
  if (!ErrorCode) return { kind: 'published' };
  return { kind: TRANSIENT.has(ErrorCode) ? 'failed' : 'refused', error: `${ErrorCode}: ${ErrorMessage}` };
}
