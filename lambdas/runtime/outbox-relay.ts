import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { awsLog } from './aws/log';
import { once } from './aws/once';
import { setting, variables } from './aws/settings';
import type { OutboxRecord } from './events/outbox';
import { awsPublisher, type Targets } from './publish/aws-publisher';
import { type Publisher, publish } from './publish/publish';
import type { ReminderTargets } from './publish/reminders';
import { recordsIn } from './work/receipts';

/**
 * The relay: publishes the outbox of every new record, from the streams of the idempotency table, and of the inboxes whose items keep
 * records.
 *
 * Events that a channel refuses permanently are parked on the relay's dead-letter queue, with the record's key. While a channel
 * is unavailable the whole batch fails and is retried: some events are published twice, and processed once. After the retries of
 * the stream's mapping, Lambda sends the positions of the batch to the same dead-letter queue.
 */
export const handler = relayWith(once(() => awsPublisher(targetsFromSettings(), awsLog())));

/** The relay with another publisher, for tests. */
export function relayWith(publisher: () => Publisher) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    await publish(Records.flatMap(toOutboxRecord), publisher());
    return { batchItemFailures: [] };
  };
}

/** Reads these attributes and no others: whatever else a record has cannot fail the batch. */
function toOutboxRecord({ dynamodb }: DynamoDBRecord): OutboxRecord[] {
  const { id, outbox, correlationId, processedAt, _recorded, _receipts } = dynamodb?.NewImage ?? {};
  // The last write of an inbox's item added its last receipt.
  if (_recorded !== undefined) return recordsIn(_receipts?.L?.slice(-1).map(({ S = '' }) => S));
  if (id?.S === undefined) return [];
  return [{ id: id.S, outbox: outbox?.S, correlationId: correlationId?.S, processedAt: processedAt?.S }];
}

/** Reads the relay's channels from its environment. @throws Error that names a missing variable */
export function targetsFromSettings(): Targets {
  return {
    bus: setting(variables.bus),
    topic: process.env[variables.topic],
    reminders: JSON.parse(process.env[variables.reminders] ?? '{"queues":{}}') as ReminderTargets,
    announceReminders: process.env[variables.announceReminders] === 'true',
    deadLetterQueue: setting(variables.deadLetterQueue),
  };
}
