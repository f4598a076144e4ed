import type { PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import { awsJson, lightService } from './service';

const eventBridge = lightService({
  name: 'events',
  isFipsInGovCloud: true,
  id: 'EVENTBRIDGE',
  protocol: awsJson('1.1', 'AWSEvents'),
});

export const EventBridgeClient = eventBridge.Client;

/** In this protocol, a time is a number of seconds since 1970. */
export const PutEventsCommand = eventBridge.command('PutEvents', ({ Entries = [] }: PutEventsCommandInput) => ({
  Entries: Entries.map(({ Time, ...entry }) => (Time ? { ...entry, Time: Time.getTime() / 1_000 } : entry)),
}));
