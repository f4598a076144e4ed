import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ChangeMessageVisibilityBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Log, Queue, Runtime, Settings } from '../runtime';
import { DynamoDbStore } from '../store/dynamodb-store';
import { toMessageAttributes } from './message-attributes';
import { once } from './once';
import { sdkClient } from './sdk-client';
import { numberSetting, setting, variables } from './settings';

/** The runtime on AWS. One for each function instance. */
export const awsRuntime = once(
  (): Runtime => ({
    settings: functionSettings,
    store: new DynamoDbStore(sdkClient(DynamoDBClient), tableName),
    queue: new SqsQueue(),
    log: awsLog(),
    now: () => new Date(),
    random: Math.random,
    sleep: (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds)),
  }),
);

/** JSON lines, as CloudWatch Logs takes them. */
export const awsLog = once((): Log => {
  const logger = new Logger();
  return {
    info: (message, fields) => logger.info(message, { ...fields }),
    warn: (message, fields) => logger.warn(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
  };
});

/** Read when they are used: an endpoint has no attempts, and a report needs none of these. */
const functionSettings: Settings = {
  get idempotencyDays() {
    return numberSetting(variables.idempotencyDays);
  },
  get attempts() {
    return numberSetting(variables.attempts);
  },
  get backoff() {
    return { base: numberSetting(variables.backoffBase), cap: numberSetting(variables.backoffCap) };
  },
};

function tableName(logicalName: string): string {
  return setting(logicalName === 'records' ? variables.records : variables.table(logicalName));
}

class SqsQueue implements Queue {
  private readonly client = sdkClient(SQSClient);

  async park(...[message, attributes]: Parameters<Queue['park']>): Promise<void> {
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: setting(variables.deadLetterQueue),
        MessageBody: message.body,
        MessageAttributes: toMessageAttributes(attributes),
      }),
    );
  }

  async defer(...[message, seconds, attributes]: Parameters<Queue['defer']>): Promise<void> {
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: setting(variables.queue),
        MessageBody: message.body,
        DelaySeconds: seconds,
        MessageAttributes: toMessageAttributes(attributes),
      }),
    );
  }

  async delay(messages: Parameters<Queue['delay']>[0]): Promise<void> {
    const { Failed = [] } = await this.client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: setting(variables.queue),
        Entries: messages.map(({ message, seconds }, index) => ({
          Id: String(index),
          ReceiptHandle: message.receiptHandle,
          VisibilityTimeout: seconds,
        })),
      }),
    );
    const [failed] = Failed;
    if (failed)
      throw new Error(`SQS kept ${Failed.length} of ${messages.length} visibility time-outs: ${failed.Message}`);
  }
}
