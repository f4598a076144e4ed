import { ConflictException, CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { toBusEvent } from '../events/bus-event';
import type { OutgoingEvent } from '../events/envelope';
import { afterFailedCall } from './failures';
import type { EntryResult } from './publish';

/** Where reminders go, and by what. */
export interface ReminderTargets {
  /** The reminder's name → its subscription's queue. */
  readonly queues: Readonly<Record<string, { readonly url: string; readonly arn: string }>>;
  /** For reminders further away than a queue can delay. */
  readonly scheduleGroup?: string;
  readonly role?: string;
  /** ARN of the queue for what the scheduler cannot deliver. */
  readonly deadLetterQueue?: string;
}

/** SQS delays a message by up to 15 minutes. */
const MAX_DELAY_SECONDS = 15 * 60;

/** Sends reminders to their service's own queue, to be seen when they are due: by a delay, or by a schedule of their own. */
export async function sendReminders(
  queues: SQSClient,
  schedules: () => SchedulerClient,
  targets: ReminderTargets,
  events: readonly OutgoingEvent[],
): Promise<readonly EntryResult[]> {
  const results = events.map(async (event) => {
    try {
      return await sendReminder(queues, schedules, targets, event);
    } catch (error) {
      const [result] = await afterFailedCall([event], error, async () => []);
      return result as EntryResult;
    }
  });
  return Promise.all(results);
}

async function sendReminder(
  queues: SQSClient,
  schedules: () => SchedulerClient,
  targets: ReminderTargets,
  event: OutgoingEvent,
): Promise<EntryResult> {
  const queue = targets.queues[event.name];
  if (!queue) return { kind: 'refused', error: `no subscription of this service receives ${event.name}` };
  const body = JSON.stringify(toBusEvent(event));
  // Schedules know whole seconds: rather late than early.
  const due = new Date(Math.ceil(Date.parse(event.due ?? event.detail.metadata.occurredAt) / 1_000) * 1_000);
  const seconds = Math.ceil((due.getTime() - Date.now()) / 1_000);
  if (seconds <= MAX_DELAY_SECONDS) {
    await queues.send(
      new SendMessageCommand({ QueueUrl: queue.url, MessageBody: body, DelaySeconds: Math.max(0, seconds) }),
    );
    return { kind: 'published' };
  }
  try {
    await schedules().send(
      new CreateScheduleCommand({
        // The same reminder published again is the same schedule.
        Name: event.detail.metadata.id,
        GroupName: targets.scheduleGroup,
        ScheduleExpression: `at(${due.toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: queue.arn,
          RoleArn: targets.role,
          Input: body,
          ...(targets.deadLetterQueue && { DeadLetterConfig: { Arn: targets.deadLetterQueue } }),
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  }
  return { kind: 'published' };
}
