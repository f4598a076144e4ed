import { ChangeMessageVisibilityBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Queue } from '../runtime';
import { toMessageAttributes } from './message-attributes';

/** The queue of a subscription on SQS. */
export class SqsQueue implements Queue {
  /** @param urls the URLs of the queue and of its dead-letter queue */
  constructor(
    private readonly client: Pick<SQSClient, 'send'>,
    private readonly urls: { readonly queue: string; readonly deadLetterQueue: string },
  ) {}

  async park(...[message, attributes]: Parameters<Queue['park']>): Promise<void> {
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: this.urls.deadLetterQueue,
        MessageBody: message.body,
        MessageAttributes: toMessageAttributes(attributes, message.body),
      }),
    );
  }

  async defer(...[message, seconds, attributes]: Parameters<Queue['defer']>): Promise<void> {
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: this.urls.queue,
        MessageBody: message.body,
        DelaySeconds: seconds,
        MessageAttributes: toMessageAttributes(attributes, message.body),
        MessageGroupId: message.attributes.MessageGroupId,
      }),
    );
  }

  async delay(messages: Parameters<Queue['delay']>[0]): Promise<void> {
    const { Failed = [] } = await this.client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: this.urls.queue,
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
