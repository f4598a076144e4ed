import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { toMessageAttributes } from '../aws/message-attributes';
import { once } from '../aws/once';
import { type ClientSettings, sdkClient } from '../aws/sdk-client';
import { type BusEvent, toBusEvent } from '../events/bus-event';
import type { OutgoingEvent } from '../events/envelope';
import type { Log } from '../runtime';
import { sendToBus } from './bus';
import type { EntryResult, Publisher } from './publish';
import { type ReminderTargets, sendReminders } from './reminders';
import { sendToTopic } from './topic';

/** Where a service's events go. */
export interface Targets {
  /** ARN of the bus. */
  readonly bus: string;
  /** ARN of the service's topic, where it has one. */
  readonly topic?: string;
  readonly reminders: ReminderTargets;
  /** URL of the queue for what cannot be published. */
  readonly deadLetterQueue: string;
}

/**
 * Publishing on AWS: each event over its contract's channel; what a channel refuses for good goes to an SQS queue.
 *
 * @param settings of the SDK's clients, beside their limits. @default as the function's environment has them
 */
export function awsPublisher(targets: Targets, log: Log, settings: ClientSettings = {}): Publisher {
  // Most services use few of them.
  const bus = once(() => sdkClient(EventBridgeClient, settings));
  const topics = once(() => sdkClient(SNSClient, settings));
  const queues = once(() => sdkClient(SQSClient, settings));
  const schedules = once(() => sdkClient(SchedulerClient, settings));
  const channels = {
    bus: (events: readonly OutgoingEvent[]) => sendToBus(bus(), targets.bus, events),
    topic: (events: readonly OutgoingEvent[]) => sendToTopic(topics(), targets.topic, events),
    reminder: (events: readonly OutgoingEvent[]) => sendReminders(queues(), schedules, targets.reminders, events),
  };
  return {
    send: async (events) => {
      const results = new Map<OutgoingEvent, EntryResult>();
      const sendAll = Object.entries(channels).map(async ([channel, send]) => {
        const own = events.filter((event) => (event.channel ?? 'bus') === channel);
        if (own.length === 0) return;
        const answers = await send(own);
        own.forEach((event, index) => {
          results.set(event, answers[index] ?? { kind: 'failed', error: 'no answer for this entry' });
        });
      });
      await Promise.all(sendAll);
      return events.map(
        (event) => results.get(event) ?? { kind: 'refused', error: `unknown channel ${event.channel}` },
      );
    },
    setAside: (event, recordId, error) => setAside(queues(), targets.deadLetterQueue, { event, recordId, error }),
    sleep: (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds)),
    random: Math.random,
    log,
  };
}

/** Keeps an event as it would have come from the bus, so that a dead letter looks the same wherever it was parked. */
async function setAside(
  queues: SQSClient,
  queueUrl: string,
  { event, recordId, error }: { event: OutgoingEvent; recordId: string; error: string },
): Promise<void> {
  const body: BusEvent = toBusEvent(event);
  const { id: eventId, correlationId } = body.detail.metadata;
  await queues.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: JSON.stringify(body),
      MessageAttributes: toMessageAttributes({
        reason: 'refused-by-bus',
        error,
        consumer: 'relay',
        recordId,
        eventId,
        correlationId,
        parkedAt: new Date().toISOString(),
      }),
    }),
  );
}
