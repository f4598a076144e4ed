import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** SQS takes ten entries, and 1 MiB of bodies, in one call. */
export const ENTRIES_PER_CALL = 10;
const BYTES_PER_CALL = 1_048_576;

/** How long a received message is hidden: longer than anything that is done with it, and no longer than one would wait after a crash. */
const HIDDEN_SECONDS = 300;
/** Long polling asks all of SQS's servers: an empty answer then means an empty queue. */
const POLL_SECONDS = 1;

/** What the operators' commands do with a queue. */
export interface MessageQueue {
  readonly url: string;
  /** Up to ten messages, which nobody else sees meanwhile; none when it is empty. */
  receive(): Promise<readonly Message[]>;
  /** Lets everybody see the messages again. */
  release(messages: readonly Message[]): Promise<void>;
  /** @returns those that could not be deleted */
  remove(messages: readonly Message[]): Promise<readonly Message[]>;
  /** Sends bodies, without attributes. @returns which were not taken, and why */
  send(bodies: readonly string[]): Promise<ReadonlyMap<number, string>>;
}

export function sqsQueue(client: SQSClient, url: string): MessageQueue {
  return {
    url,
    receive: async () => {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: ENTRIES_PER_CALL,
          VisibilityTimeout: HIDDEN_SECONDS,
          WaitTimeSeconds: POLL_SECONDS,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      );
      return Messages;
    },
    release: async (messages) => {
      for (const some of inCalls(messages)) {
        const Entries = some.map(({ ReceiptHandle }, index) => ({
          Id: `${index}`,
          ReceiptHandle,
          VisibilityTimeout: 0,
        }));
        // What cannot be released shows again by itself.
        await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }));
      }
    },
    remove: async (messages) => {
      const kept: Message[] = [];
      for (const some of inCalls(messages)) {
        const Entries = some.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
        const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
        kept.push(...some.filter((_, index) => Failed.some(({ Id }) => Id === `${index}`)));
      }
      return kept;
    },
    send: async (bodies) => {
      const refused = new Map<number, string>();
      for (const some of bySize(bodies)) {
        const Entries = some.map(({ index, body }) => ({ Id: `${index}`, MessageBody: body }));
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
        for (const { Id, Code, Message: why } of Failed) refused.set(Number(Id), `${Code}: ${why ?? ''}`);
      }
      return refused;
    },
  };
}

/** The physical names of a queue, and what is in it. */
export interface QueueState {
  readonly arn: string;
  readonly name: string;
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export async function queueState(client: SQSClient, url: string): Promise<QueueState> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: [
        'QueueArn',
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  const arn = Attributes.QueueArn ?? '';
  return {
    arn,
    name: arn.slice(arn.lastIndexOf(':') + 1),
    waiting: Number(Attributes.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
  };
}

/** The items in as many as one call takes. */
export function inCalls<Item>(items: readonly Item[], size: number = ENTRIES_PER_CALL): Item[][] {
  const calls: Item[][] = [];
  for (let from = 0; from < items.length; from += size) calls.push(items.slice(from, from + size));
  return calls;
}

/** Bodies in calls that SQS takes, with the places that they had. */
export function bySize(bodies: readonly string[]): { index: number; body: string }[][] {
  const calls: { index: number; body: string }[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [index, body] of bodies.entries()) {
    const size = Buffer.byteLength(body);
    let last = calls.at(-1);
    if (!last || last.length === ENTRIES_PER_CALL || bytes + size > BYTES_PER_CALL) {
      last = [];
      calls.push(last);
      bytes = 0;
    }
    last.push({ index, body });
    bytes += size;
  }
  return calls;
}
