import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { awsLog, clientLimits } from './aws';
import type { ProcessedRecord } from './commit';
import { type Publisher, publish } from './publish';
import { awsPublisher } from './publisher-aws';
import { setting, variables } from './settings';

/**
 * The relay: publishes the outbox of every new record of an idempotency table, from the table's stream.
 *
 * What the bus refuses for good is set aside on the relay's dead-letter queue, with the record's key. While the bus cannot be
 * reached the whole batch fails and is read again: what had been published is published twice, and received once.
 */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const records = Records.map(({ dynamodb }) => dynamodb?.NewImage)
    .filter((image) => image !== undefined)
    .map((image) => unmarshall(image as Parameters<typeof unmarshall>[0]) as ProcessedRecord);
  publisher ??= awsPublisher(new EventBridgeClient(clientLimits), new SQSClient(clientLimits), {
    bus: setting(variables.bus),
    deadLetterQueue: setting(variables.deadLetterQueue),
    log: awsLog(),
  });
  await publish(records, publisher);
  return { batchItemFailures: [] };
}

let publisher: Publisher | undefined;
