import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Deployment } from './discover';

/** A queue of the deployed system and its number of messages, including delayed ones and those in flight. */
export interface QueueDepth {
  /** For people: `inventory.reserve-stock`, or the same name followed by ` (dead letters)`. */
  readonly name: string;
  readonly url: string;
  readonly messages: number;
  readonly isDeadLetterQueue: boolean;
}

type Queues = Pick<Deployment, 'broker' | 'journal' | 'services' | 'clients'>;

/** Returns the depth of every queue in the manifests. */
export async function queueDepths({ clients, broker, journal, services }: Queues): Promise<QueueDepth[]> {
  const queues = [
    deadLetters('broker', broker.deadLetterQueue),
    ...(journal
      ? [
          { name: 'journal', url: journal.queue, isDeadLetterQueue: false },
          deadLetters('journal', journal.deadLetterQueue),
        ]
      : []),
    ...services.map(({ service, relay }) => deadLetters(`${service}.relay`, relay.deadLetterQueue)),
    ...services.flatMap(({ service, schedules = [] }) =>
      schedules.map(({ name, deadLetterQueue }) => deadLetters(`${service}.${name}`, deadLetterQueue)),
    ),
    ...services.flatMap(({ service, subscriptions }) =>
      subscriptions.flatMap(({ name, queue, deadLetterQueue }) => [
        { name: `${service}.${name}`, url: queue, isDeadLetterQueue: false },
        deadLetters(`${service}.${name}`, deadLetterQueue),
      ]),
    ),
  ];
  return Promise.all(queues.map(async (queue) => ({ ...queue, messages: await queueDepth({ clients }, queue.url) })));
}

function deadLetters(consumer: string, url: string) {
  return { name: `${consumer} (dead letters)`, url, isDeadLetterQueue: true };
}

/**
 * Returns whether any consumer has a message to process or is processing one. Delayed messages do not count. Asks for one
 * queue after the other and stops at the first, to put little load on the emulator.
 */
export async function isBusy({ clients, services }: Pick<Deployment, 'clients' | 'services'>): Promise<boolean> {
  for (const { queue } of services.flatMap(({ subscriptions }) => subscriptions)) {
    if ((await countMessages(clients.of(SQSClient), queue, ACTIVE)) > 0) return true;
  }
  return false;
}

/** Returns the number of messages in a queue, including delayed ones and those in flight. */
export function queueDepth({ clients }: Pick<Deployment, 'clients'>, url: string): Promise<number> {
  return countMessages(clients.of(SQSClient), url, ALL);
}

const ACTIVE = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
const ALL = [...ACTIVE, 'ApproximateNumberOfMessagesDelayed'] as const;

async function countMessages(
  client: SQSClient,
  url: string,
  attributes: readonly (typeof ALL)[number][],
): Promise<number> {
  const answer = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...attributes] }));
  return attributes.reduce((sum, attribute) => sum + Number(answer.Attributes?.[attribute] ?? 0), 0);
}

/** Received messages stay invisible for this time, so that the next call returns others. */
const HIDDEN_SECONDS = 2;
const PAGES = 10;

/** Returns up to 100 messages of a queue without removing them. Messages in flight are not included. */
export async function peek({ clients }: Pick<Deployment, 'clients'>, url: string): Promise<Message[]> {
  const client = clients.of(SQSClient);
  const found: Message[] = [];
  for (let page = 0; page < PAGES; page++) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: HIDDEN_SECONDS,
        MessageAttributeNames: ['All'],
      }),
    );
    found.push(...Messages);
    if (Messages.length === 0) break;
  }
  return found;
}
