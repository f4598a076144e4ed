import { ConflictException, CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { toMessageBody } from '../events/bus-event';
import type { OutgoingEvent } from '../events/envelope';
import { afterFailedCall, toResults } from './failures';
import type { EntryResult } from './publish';
import { channelLimits, MAX_DELAY_SECONDS, messageBytes } from './sizes';

/** The queues and the scheduler that deliver a service's reminders. */
export interface ReminderTargets {
  /** The queue of the subscription that consumes a reminder, by the reminder's name. */
  readonly queues: Readonly<Record<string, { readonly url: string; readonly arn: string }>>;
  /** The group of the schedules for reminders more than 15 minutes away. */
  readonly scheduleGroup?: string;
  /** ARN of the role with which the scheduler sends to the queues. */
  readonly role?: string;
  /** ARN of the queue for reminders that the scheduler cannot deliver. */
  readonly deadLetterQueue?: string;
}

/** The clients that send reminders, and the time. */
export interface ReminderClients {
  readonly queues: SQSClient;
  /** Called for reminders more than 15 minutes away. */
  readonly schedules: () => SchedulerClient;
  readonly now: () => Date;
}

/**
 * Sends reminders to the service's own queues, where they become visible when they are due: by the delay of a message, up to ten of a
 * queue in one call, or by a schedule each.
 */
export async function sendReminders(
  clients: ReminderClients,
  targets: ReminderTargets,
  events: readonly OutgoingEvent[],
): Promise<readonly EntryResult[]> {
  const results = new Map<OutgoingEvent, EntryResult>();
  const soon = new Map<string, Delayed[]>();
  const settled: Promise<unknown>[] = [];
  for (const event of events) {
    const queue = targets.queues[event.name];
    if (!queue) {
      results.set(event, { kind: 'refused', error: `no subscription of this service receives ${event.name}` });
      continue;
    }
    const due = Date.parse(event.due ?? event.detail.metadata.occurredAt);
    const seconds = Math.max(0, Math.ceil((due - clients.now().getTime()) / 1_000));
    if (seconds <= MAX_DELAY_SECONDS) {
      soon.set(queue.url, [...(soon.get(queue.url) ?? []), { event, body: toMessageBody(event), seconds }]);
    } else settled.push(schedule(clients, targets, queue.arn, event, due).then((one) => results.set(event, one)));
  }
  for (const [url, delayed] of soon) {
    settled.push(
      sendDelayed(clients.queues, url, delayed).then((all) => {
        for (const [index, { event }] of delayed.entries()) results.set(event, all[index] ?? NO_ANSWER);
      }),
    );
  }
  await Promise.all(settled);
  return events.map((event) => results.get(event) ?? NO_ANSWER);
}

/** A message, and the delay until it is due. */
interface Delayed {
  readonly event: OutgoingEvent;
  readonly body: string;
  readonly seconds: number;
}

const NO_ANSWER: EntryResult = { kind: 'failed', error: 'no answer for this entry' };

/** Sends messages in one call, or each in its own when all of them exceed the limit of a call, or when SQS refuses the call. */
async function sendDelayed(
  client: SQSClient,
  url: string,
  delayed: readonly Delayed[],
): Promise<readonly EntryResult[]> {
  const alone = (one: Delayed) => sendDelayed(client, url, [one]);
  if (delayed.length > 1 && delayed.reduce((sum, { body }) => sum + messageBytes(body), 0) > channelLimits.queue) {
    return (await Promise.all(delayed.map(alone))).flat();
  }
  try {
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: delayed.map(({ event: { group: MessageGroupId }, body, seconds }, index) => {
          return { Id: String(index), MessageBody: body, DelaySeconds: seconds, MessageGroupId };
        }),
      }),
    );
    return toResults(delayed.length, Failed);
  } catch (error) {
    return afterFailedCall(delayed, error, alone);
  }
}

/** An event for the journal that announces one or several reminders of the same name. */
export interface Announcement extends OutgoingEvent {
  readonly detail: Announced & {
    /** The other reminders. */
    readonly more: readonly Announced[];
  };
}

/** A reminder in an announcement. */
type Announced = OutgoingEvent['detail'] & Pick<OutgoingEvent, 'due'>;

/** EventBridge bills each started 64 KB of an event as one event. */
const BILLED_BYTES = 64 * 1_024;

/** Combines reminders of the same name into few events, because EventBridge bills each event. */
export function announcementsOf(reminders: readonly OutgoingEvent[]): Announcement[] {
  const open = new Map<string, { first: OutgoingEvent; more: Announced[]; bytes: number }>();
  const all: { first: OutgoingEvent; more: Announced[] }[] = [];
  for (const reminder of reminders) {
    const { name, detail, due } = reminder;
    const bytes = Buffer.byteLength(JSON.stringify(detail)) + ANNOUNCED_BYTES;
    const started = open.get(name);
    if (started && started.bytes + bytes <= BILLED_BYTES) {
      started.more.push({ ...detail, due });
      started.bytes += bytes;
    } else {
      const announcement = { first: reminder, more: [], bytes };
      open.set(name, announcement);
      all.push(announcement);
    }
  }
  return all.map(({ first, more }) => ({ ...first, detail: { ...first.detail, due: first.due, more } }));
}

/** The due time of a reminder, and its share of the envelope. */
const ANNOUNCED_BYTES = 400;

async function schedule(
  { schedules }: ReminderClients,
  { scheduleGroup, role, deadLetterQueue }: ReminderTargets,
  queueArn: string,
  event: OutgoingEvent,
  due: number,
): Promise<EntryResult> {
  try {
    await schedules().send(
      new CreateScheduleCommand({
        // A reminder that is published again has the same schedule.
        Name: event.detail.metadata.id,
        GroupName: scheduleGroup,
        ScheduleExpression: `at(${nextSecond(due)})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: queueArn,
          RoleArn: role,
          Input: toMessageBody(event),
          // No message group: AWS documents it for FIFO queues only (EventBridge Scheduler API reference, SqsParameters).
          ...(deadLetterQueue && { DeadLetterConfig: { Arn: deadLetterQueue } }),
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConflictException))
      return (await afterFailedCall([event], error, async () => []))[0] as EntryResult;
  }
  return { kind: 'published' };
}

/** A schedule's time has whole seconds. It is rounded up, because a reminder must not come early. */
function nextSecond(milliseconds: number): string {
  return new Date(Math.ceil(milliseconds / 1_000) * 1_000).toISOString().slice(0, 19);
}
