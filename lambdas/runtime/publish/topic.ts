import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import { toMessageBody } from '../events/bus-event';
import type { OutgoingEvent } from '../events/envelope';
import { afterFailedCall, toResults } from './failures';
import type { EntryResult } from './publish';
import { channelLimits, topicAttributes, topicBytes } from './sizes';

/**
 * Publishes events on the service's topic, to its direct subscribers: in one call, or in one call for each when all of them
 * exceed the limit of a call.
 *
 * @param topic the topic's ARN; undefined when the service has none, which refuses every event
 */
export async function sendToTopic(
  client: SNSClient,
  topic: string | undefined,
  events: readonly OutgoingEvent[],
): Promise<readonly EntryResult[]> {
  if (!topic) return events.map(() => ({ kind: 'refused', error: 'the service has no topic' }));
  const sendAlone = (event: OutgoingEvent) => sendToTopic(client, topic, [event]);
  if (events.length > 1 && events.reduce((sum, event) => sum + topicBytes(event), 0) > channelLimits.topic) {
    return (await Promise.all(events.map(sendAlone))).flat();
  }
  try {
    const { Failed = [] } = await client.send(
      new PublishBatchCommand({
        TopicArn: topic,
        PublishBatchRequestEntries: events.map((event, index) => ({
          Id: String(index),
          Message: toMessageBody(event),
          MessageAttributes: topicAttributes(event),
          MessageGroupId: event.group,
        })),
      }),
    );
    return toResults(events.length, Failed);
  } catch (error) {
    return afterFailedCall(events, error, sendAlone);
  }
}
