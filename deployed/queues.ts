import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOf } from './clients';
import type { Deployment } from './discover';

/** A queue of the deployed system and how many messages it has, those in flight and delayed included. */
export interface QueueDepth {
  /** For people: `inventory.reserve-stock`, or that with ` (dead letters)`. */
  readonly name: string;
  readonly url: string;
  readonly messages: number;
  readonly dead: boolean;
}

/** All queues that the manifests name. */
export async function queueDepths({ endpoint, broker, services }: Deployment): Promise<QueueDepth[]> {
  const queues = [
    { name: 'broker', url: broker.deadLetterQueue, dead: true },
    ...services.map(({ service, relay }) => ({ name: `${service}.relay`, url: relay.deadLetterQueue, dead: true })),
    ...services.flatMap(({ service, schedules = [] }) =>
      schedules.map(({ name, deadLetterQueue: url }) => ({ name: `${service}.${name}`, url, dead: true })),
    ),
    ...services.flatMap(({ service, subscriptions }) =>
      subscriptions.flatMap(({ name, queue, deadLetterQueue }) => [
        { name: `${service}.${name}`, url: queue, dead: false },
        { name: `${service}.${name}`, url: deadLetterQueue, dead: true },
      ]),
    ),
  ];
  const client = clientOf(SQSClient, endpoint);
  const depths = await Promise.all(
    queues.map(async ({ name, url, dead }) => ({
      name: dead ? `${name} (dead letters)` : name,
      url,
      dead,
      messages: await depth(client, url),
    })),
  );
  return depths;
}

/**
 * Whether any consumer has something to do now: a message that it could receive, or has received. Delayed ones do not count.
 * Asks for one queue after the other and ends at the first, since who asks all the time slows down what they ask about.
 */
export async function isBusy({ endpoint, services }: Pick<Deployment, 'endpoint' | 'services'>): Promise<boolean> {
  const client = clientOf(SQSClient, endpoint);
  for (const { queue } of services.flatMap(({ subscriptions }) => subscriptions)) {
    if ((await depth(client, queue, AT_WORK)) > 0) return true;
  }
  return false;
}

/** How many messages a queue has, those in flight and delayed included. */
export async function queueDepth({ endpoint }: Pick<Deployment, 'endpoint'>, url: string): Promise<number> {
  const client = clientOf(SQSClient, endpoint);
  const messages = await depth(client, url);
  return messages;
}

const AT_WORK = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
const ALL = [...AT_WORK, 'ApproximateNumberOfMessagesDelayed'] as const;

async function depth(client: SQSClient, url: string, counted: readonly (typeof ALL)[number][] = ALL): Promise<number> {
  const answer = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...counted] }));
  return counted.reduce((sum, attribute) => sum + Number(answer.Attributes?.[attribute] ?? 0), 0);
}

/** Messages that are looked at are hidden for a moment, so that a second call shows others. */
const HIDDEN_SECONDS = 2;
const PAGES = 10;

/** Up to a hundred messages of a queue, which stay in it. Those that somebody looks at at the same time don't show. */
export async function peek({ endpoint }: Pick<Deployment, 'endpoint'>, url: string): Promise<Message[]> {
  const client = clientOf(SQSClient, endpoint);
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
