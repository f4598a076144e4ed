import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Deployment } from '../deployed/discover';
import { classify, type DeadLetter } from '../ops/dead-letters/dead-letter';

/** Messages that are received stay hidden from others for this time, in seconds. */
const HIDDEN_SECONDS = 3;
const MOST = 1_000;

/** Reads up to 1,000 dead letters of a subscription and leaves them in their queue. */
export async function peekDeadLetters(
  { clients }: Pick<Deployment, 'clients'>,
  queue: { readonly name: string; readonly url: string },
): Promise<DeadLetter[]> {
  const found = new Map<string, Message>();
  while (found.size < MOST) {
    const { Messages = [] } = await clients.of(SQSClient).send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: HIDDEN_SECONDS,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    const before = found.size;
    for (const message of Messages) found.set(message.MessageId ?? '', message);
    if (found.size === before) break;
  }
  return [...found.values()].map((message) => classify(message, { name: queue.name, of: 'subscription' }));
}
