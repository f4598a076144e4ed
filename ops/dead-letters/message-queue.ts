import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** SQS: a batch has at most 10 entries and 1 MiB of bodies. */
export const ENTRIES_PER_CALL = 10;
const BYTES_PER_CALL = 1_048_576;

/** Visibility timeout of received messages: longer than any step of a command, and short enough to wait for after a crash. */
const HIDDEN_SECONDS = 300;
/** Long polling asks all servers of SQS: an empty answer then means that no message is visible. */
const POLL_SECONDS = 1;

/** The operations on a queue that the operators' commands need. */
export interface MessageQueue {
  readonly url: string;
  /** Receives up to ten messages and hides them from other receivers. @returns none when no message is visible */
  receive(): Promise<readonly Message[]>;
  /** Makes received messages visible again. */
  release(messages: readonly Message[]): Promise<void>;
  /** Deletes received messages. @returns the messages that could not be deleted */
  remove(messages: readonly Message[]): Promise<readonly Message[]>;
  /** Sends bodies without attributes. @returns the index of each refused body, and the reason */
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
      for (const batch of inBatches(messages)) {
        const Entries = batch.map(({ ReceiptHandle }, index) => ({
          Id: `${index}`,
          ReceiptHandle,
          VisibilityTimeout: 0,
        }));
        // Failures are ignored: those messages become visible when their timeout ends.
        await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }));
      }
    },
    remove: async (messages) => {
      const kept: Message[] = [];
      for (const batch of inBatches(messages)) {
        const Entries = batch.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
        const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }));
        kept.push(...batch.filter((_, index) => Failed.some(({ Id }) => Id === `${index}`)));
      }
      return kept;
    },
    send: async (bodies) => {
      const refused = new Map<number, string>();
      for (const batch of inBatchesBySize(bodies)) {
        const Entries = batch.map(({ index, body }) => ({ Id: `${index}`, MessageBody: body }));
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
        for (const { Id, Code, Message: why } of Failed) refused.set(Number(Id), `${Code}: ${why ?? ''}`);
      }
      return refused;
    },
  };
}

/** The physical name of a queue, and its approximate numbers of messages. */
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

/** Splits items into batches of at most `size`. */
export function inBatches<Item>(items: readonly Item[], size: number = ENTRIES_PER_CALL): Item[][] {
  const batches: Item[][] = [];
  for (let from = 0; from < items.length; from += size) batches.push(items.slice(from, from + size));
  return batches;
}

/** Splits bodies into batches within the limits of SQS. Each body keeps its index. */
export function inBatchesBySize(bodies: readonly string[]): { index: number; body: string }[][] {
  const batches: { index: number; body: string }[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [index, body] of bodies.entries()) {
    const size = Buffer.byteLength(body);
    let last = batches.at(-1);
    if (!last || last.length === ENTRIES_PER_CALL || bytes + size > BYTES_PER_CALL) {
      last = [];
      batches.push(last);
      bytes = 0;
    }
    last.push({ index, body });
    bytes += size;
  }
  return batches;
}
