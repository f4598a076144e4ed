import type { PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import { tag } from '@smithy/core/cbor';
import { lightService, rpcV2Cbor } from './service';

const eventBusV2 = lightService({
  name: 'events',
  host: 'eventsv2',
  id: 'EVENTBRIDGE_V2',
  protocol: rpcV2Cbor('AWSEventsV2'),
});

/** CBOR's tag of a time in seconds since 1970 (RFC 8949). */
const TIME = 1;

export const EventBusV2Client = eventBusV2.Client;

interface PutEventsV2Input extends Pick<PutEventsCommandInput, 'Entries'> {
  readonly EventBusArn: string;
}

export const PutEventsV2Command = eventBusV2.command(
  'PutEvents',
  ({ EventBusArn, Entries = [] }: PutEventsV2Input) => ({
    EventBusArn,
    Entries: Entries.map(({ Time, ...entry }) =>
      Time ? { ...entry, Time: tag({ tag: TIME, value: Time.getTime() / 1_000 }) } : entry,
    ),
  }),
);
