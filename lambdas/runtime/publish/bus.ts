import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { toJson } from '../events/bus-event';
import type { OutgoingEvent } from '../events/envelope';
import { EventBusV2Client, PutEventsV2Command } from './bus-v2';
import { afterFailedCall } from './failures';
import { isBusV2 } from './is-bus-v2';
import type { EntryResult } from './publish';

/** Returns the class of the client that publishes on a bus. @param bus the bus's ARN */
export function busClient(bus: string): typeof EventBridgeClient {
  return isBusV2(bus) ? EventBusV2Client : EventBridgeClient;
}

/** Publishes entries on a bus in one call. @param client of the class that {@link busClient} returns for this bus */
export async function putEvents(
  client: EventBridgeClient,
  bus: string,
  entries: readonly Omit<PutEventsRequestEntry, 'EventBusName'>[],
): Promise<readonly PutEventsResultEntry[]> {
  const { Entries = [] } = isBusV2(bus)
    ? await client.send(new PutEventsV2Command({ EventBusArn: bus, Entries: [...entries] }))
    : await client.send(new PutEventsCommand({ Entries: entries.map((entry) => ({ EventBusName: bus, ...entry })) }));
  return Entries;
}

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
  const entries = events.map(({ source, name, detail }) => ({
    Source: source,
    DetailType: name,
    Detail: toJson(detail),
    Time: new Date(detail.metadata.occurredAt),
  }));
  try {
    return (await putEvents(client, bus, entries)).map(toResult);
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
