import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { toMessageAttributes } from '../aws/message-attributes';
import { once, onceFor } from '../aws/once';
import { type ClientSettings, sdkClient } from '../aws/sdk-client';
import { toJson, toMessageBody } from '../events/bus-event';
import type { OutgoingEvent } from '../events/envelope';
import type { Log, Runtime } from '../runtime';
import { busClient, sendToBus } from './bus';
import type { EntryResult, Publisher } from './publish';
import { announcementsOf, type ReminderTargets, sendReminders } from './reminders';
import { sendToTopic } from './topic';

/** The channels and the dead-letter queue that a service's events are sent to. */
export interface Targets {
  /** ARN of the bus. */
  readonly bus: string;
  /** ARN of the service's topic. @default the service has none */
  readonly topic?: string;
  readonly reminders: ReminderTargets;
  /** Whether to announce reminders on the bus, for the journal. @default false */
  readonly announceReminders?: boolean;
  /** URL of the queue for events that cannot be published. */
  readonly deadLetterQueue: string;
}

type Time = Pick<Runtime, 'now' | 'sleep' | 'random'>;

/** The clients that a publisher calls. Each is made when it is first needed: most services need one or two. */
export interface PublisherClients {
  /** @param bus the bus's ARN, which says which API it has */
  bus(bus: string): EventBridgeClient;
  topics(): SNSClient;
  queues(): SQSClient;
  schedules(): SchedulerClient;
}

/** @param settings endpoint, region and credentials. @default from the function's environment */
export function publisherClients(settings: ClientSettings = {}): PublisherClients {
  return {
    bus: onceFor((bus) => sdkClient(busClient(bus), { ...settings, cacheMiddleware: true })),
    topics: once(() => sdkClient(SNSClient, settings)),
    queues: once(() => sdkClient(SQSClient, settings)),
    schedules: once(() => sdkClient(SchedulerClient, settings)),
  };
}

const realTime: Time = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds)),
  random: Math.random,
};

/**
 * Publishes on AWS: each event over its contract's channel. Events that a channel refuses permanently go to an SQS queue.
 *
 * @param time the simulation passes its own
 */
export function awsPublisher(
  targets: Targets,
  log: Log,
  { bus, topics, queues, schedules }: PublisherClients = publisherClients(),
  time: Time = realTime,
): Publisher {
  const { now } = time;
  const channels = new Map<string, Publisher['send']>([
    ['bus', (events) => sendToBus(bus(targets.bus), targets.bus, events)],
    ['topic', (events) => sendToTopic(topics(), targets.topic, events)],
    ['reminder', (events) => remind(events)],
  ]);
  const remind = async (events: readonly OutgoingEvent[]) => {
    const results = await sendReminders({ queues: queues(), schedules, now }, targets.reminders, events);
    if (targets.announceReminders) await announce(events.filter((_, index) => results[index]?.kind === 'published'));
    return results;
  };
  /** No rule but the journal's matches a reminder. A reminder that was sent must not fail because it is not journalled. */
  const announce = async (events: readonly OutgoingEvent[]) => {
    if (events.length === 0) return;
    const announcements = announcementsOf(events);
    const results = await sendToBus(bus(targets.bus), targets.bus, announcements);
    const lost = announcements.filter((_, index) => results[index]?.kind !== 'published');
    if (lost.length > 0)
      log.warn('not journalled', { reminders: lost.reduce((sum, { detail }) => sum + 1 + detail.more.length, 0) });
  };
  const setAside = async (body: string, attributes: Readonly<Record<string, string>>) => {
    const parked = { ...attributes, consumer: 'relay', parkedAt: now().toISOString() };
    await queues().send(
      new SendMessageCommand({
        QueueUrl: targets.deadLetterQueue,
        MessageBody: body,
        MessageAttributes: toMessageAttributes(parked, body),
      }),
    );
  };
  return {
    send: async (events) => {
      const results = new Map<OutgoingEvent, EntryResult>();
      const sendOwn = async (channel: string) => {
        const send = channels.get(channel);
        if (send === undefined) return;
        const own = events.filter((event) => channelOf(event) === channel);
        const answers = await send(own);
        own.forEach((event, index) => {
          results.set(event, answers[index] ?? { kind: 'failed', error: 'no answer for this entry' });
        });
      };
      await Promise.all([...new Set(events.map(channelOf))].map(sendOwn));
      return events.map(
        (event) => results.get(event) ?? { kind: 'refused', error: `unknown channel ${event.channel}` },
      );
    },
    setAside: (event, recordId, error) => {
      const { id: eventId, correlationId } = event.detail.metadata;
      // As the bus would have delivered it, so that dead letters look the same wherever they were parked.
      return setAside(toMessageBody(event), { reason: 'refused-by-bus', recordId, error, eventId, correlationId });
    },
    setAsideUnreadable: ({ content, problem: error }, recordId) => {
      // SQS accepts every text in this encoding, and it always fits: an item has 400 KB at most.
      const body = toJson({ recordId, encoding: 'base64', outbox: Buffer.from(content).toString('base64') });
      return setAside(body, { reason: 'unreadable-outbox', recordId, error });
    },
    sleep: time.sleep,
    random: time.random,
    log,
  };
}

function channelOf({ channel }: OutgoingEvent): string {
  return channel ?? 'bus';
}
