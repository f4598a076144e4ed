import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import { toBusEvent } from '../events/bus-event';
import type { OutgoingEvent } from '../events/envelope';
import { afterFailedCall } from './failures';
import type { EntryResult } from './publish';

/** SNS takes 256 KB in one call, however many messages there are in it. */
const BYTES_PER_CALL = 256 * 1024;

/** The message attribute that subscribers filter by. */
export const NAME_ATTRIBUTE = 'name';

/** Publishes on the service's own topic, to those who subscribed to it directly. */
export async function sendToTopic(
  client: SNSClient,
  topic: string | undefined,
  events: readonly OutgoingEvent[],
): Promise<readonly EntryResult[]> {
  if (!topic) return events.map(() => ({ kind: 'refused', error: 'the service has no topic' }));
  const bodies = events.map((event) => JSON.stringify(toBusEvent(event)));
  if (events.length > 1 && bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0) > BYTES_PER_CALL) {
    return (await Promise.all(events.map((event) => sendToTopic(client, topic, [event])))).flat();
  }
  try {
    const { Failed = [] } = await client.send(
      new PublishBatchCommand({
        TopicArn: topic,
        PublishBatchRequestEntries: events.map(({ name }, index) => ({
          Id: String(index),
          Message: bodies[index],
          MessageAttributes: { [NAME_ATTRIBUTE]: { DataType: 'String', StringValue: name } },
        })),
      }),
    );
    const failed = new Map(Failed.map((entry) => [Number(entry.Id), entry]));
    return events.map((_, index): EntryResult => {
      const entry = failed.get(index);
      if (!entry) return { kind: 'published' };
      return { kind: entry.SenderFault ? 'refused' : 'failed', error: `${entry.Code}: ${entry.Message ?? ''}` };
    });
  } catch (error) {
    return afterFailedCall(events, error, (event) => sendToTopic(client, topic, [event]));
  }
}
