import { ConflictException, CreateScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { toMessageBody } from '../events/bus-event';
import type { OutgoingEvent } from '../events/envelope';
import { afterFailedCall } from './failures';
import type { EntryResult } from './publish';
import { MAX_DELAY_SECONDS } from './sizes';

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
 * Sends reminders to the service's own queues, where they become visible when they are due: by the delay of a message, or by a
 * schedule each.
 */
export async function sendReminders(
  clients: ReminderClients,
  targets: ReminderTargets,
  events: readonly OutgoingEvent[],
): Promise<readonly EntryResult[]> {
  const results = events.map(async (event) => {
    try {
      return await sendReminder(clients, targets, event);
    } catch (error) {
      const [result] = await afterFailedCall([event], error, async () => []);
      return result as EntryResult;
    }
  });
  return Promise.all(results);
}

async function sendReminder(
  { queues, schedules, now }: ReminderClients,
  targets: ReminderTargets,
  event: OutgoingEvent,
): Promise<EntryResult> {
  const queue = targets.queues[event.name];
  if (!queue) return { kind: 'refused', error: `no subscription of this service receives ${event.name}` };
  const body = toMessageBody(event);
  const due = Date.parse(event.due ?? event.detail.metadata.occurredAt);
  const seconds = Math.ceil((due - now().getTime()) / 1_000);
  if (seconds <= MAX_DELAY_SECONDS) {
    await queues.send(
      new SendMessageCommand({ QueueUrl: queue.url, MessageBody: body, DelaySeconds: Math.max(0, seconds) }),
    );
    return { kind: 'published' };
  }
  try {
    await schedules().send(
      new CreateScheduleCommand({
        // A reminder that is published again has the same schedule.
        Name: event.detail.metadata.id,
        GroupName: targets.scheduleGroup,
        ScheduleExpression: `at(${nextSecond(due)})`,
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

/** A schedule's time has whole seconds. It is rounded up, because a reminder must not come early. */
function nextSecond(milliseconds: number): string {
  return new Date(Math.ceil(milliseconds / 1_000) * 1_000).toISOString().slice(0, 19);
}
