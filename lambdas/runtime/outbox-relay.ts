import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { awsLog } from './aws/aws-runtime';
import { setting, variables } from './aws/settings';
import { awsPublisher } from './publish/aws-publisher';
import { type Publisher, publish } from './publish/publish';
import type { ReminderTargets } from './publish/reminders';
import type { ProcessedRecord } from './work/commit';

let publisher: Publisher | undefined;

/**
 * The relay: publishes the outbox of every new record of an idempotency table, from the table's stream.
 *
 * What a channel refuses for good is set aside on the relay's dead-letter queue, with the record's key. While the bus cannot
 * be reached the whole batch fails and is read again: what had been published is published twice, and received once.
 */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const records = Records.map(({ dynamodb }) => dynamodb?.NewImage)
    .filter((image) => image !== undefined)
    .map((image) => unmarshall(image as Parameters<typeof unmarshall>[0]) as ProcessedRecord);
  publisher ??= fromSettings();
  await publish(records, publisher);
  return { batchItemFailures: [] };
}

function fromSettings(): Publisher {
  const targets = {
    bus: setting(variables.bus),
    topic: process.env[variables.topic],
    reminders: JSON.parse(process.env[variables.reminders] ?? '{"queues":{}}') as ReminderTargets,
    deadLetterQueue: setting(variables.deadLetterQueue),
  };
  return awsPublisher(targets, awsLog());
}
