import { ChangeMessageVisibilityBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { ConsumerRuntime, Queue } from '../runtime';
import { awsRuntime } from './aws-runtime';
import { embeddedMetrics } from './embedded-metrics';
import { toMessageAttributes } from './message-attributes';
import { once } from './once';
import { sdkClient } from './sdk-client';
import { setting, variables } from './settings';

/** The runtime of a consumer on AWS. One for each function instance. */
export const consumerRuntime = once(
  (): ConsumerRuntime => ({ ...awsRuntime(), queue: new SqsQueue(), metrics: embeddedMetrics() }),
);

class SqsQueue implements Queue {
  private readonly client = sdkClient(SQSClient);

  async park(...[message, attributes]: Parameters<Queue['park']>): Promise<void> {
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: setting(variables.deadLetterQueue),
        MessageBody: message.body,
        MessageAttributes: toMessageAttributes(attributes, message.body),
      }),
    );
  }

  async defer(...[message, seconds, attributes]: Parameters<Queue['defer']>): Promise<void> {
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: setting(variables.queue),
        MessageBody: message.body,
        DelaySeconds: seconds,
        MessageAttributes: toMessageAttributes(attributes, message.body),
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
    if (failed) {
      const count = `${Failed.length} of ${messages.length}`;
      throw new Error(`SQS did not change ${count} visibility timeouts: ${failed.Message}`);
    }
  }
}
