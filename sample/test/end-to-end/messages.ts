import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { serviceOf } from '../../../deployed/discover';
import { queueDepth } from '../../../deployed/queues';
import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import type { SubscriptionManifest } from '../../../lib/broker/manifest';
import { queueState } from '../../../ops/dead-letters/message-queue';
import { type Deployed, until } from './deployed';

/** Returns a subscription by its consumer's name, for example `inventory.reserve-stock`. */
export function subscriptionOf({ deployment }: Pick<Deployed, 'deployment'>, consumer: string): SubscriptionManifest {
  const [service = '', name] = consumer.split('.');
  const found = serviceOf(deployment, service).subscriptions.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no subscription ${consumer}.`);
  return found;
}

/** Sends messages to a queue in one call. */
export async function send({ deployment }: Deployed, queue: string, bodies: readonly string[]): Promise<void> {
  const client = deployment.clients.of(SQSClient);
  const entries = bodies.map((body, index) => ({ Id: String(index), MessageBody: body }));
  await client.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries: entries }));
}

/** Returns the body of an event in the format of EventBridge. */
export function envelope({ source, name, detail }: OutgoingEvent): string {
  return JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': name,
    source,
    account: '000000000000',
    time: new Date().toISOString(),
    region: 'us-east-1',
    resources: [],
    detail,
  });
}

/** Returns a valid `OrderCreated` with some changes. */
export function orderCreated(change: Partial<OutgoingEvent>, data: unknown = {}, version = 1): OutgoingEvent {
  const id = randomUUID();
  const metadata = {
    id,
    version,
    correlationId: id,
    causationId: id,
    occurredAt: new Date().toISOString(),
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
  };
  return { source: 'orders', name: 'OrderCreated', detail: { metadata, data }, ...change };
}

/** Waits until a queue has no messages, neither visible nor in flight. */
export async function untilEmpty({ deployment }: Deployed, queue: string): Promise<void> {
  await until(`queue ${queue} is empty`, async () => (await queueDepth(deployment, queue)) === 0);
}

/**
 * Waits until queues have no visible messages and none in flight. Ignores delayed messages. Polls one queue after the other,
 * because polling all of them would slow down the functions.
 *
 * @param only the queues. @default all
 */
export async function untilQueuesIdle({ deployment }: Deployed, ...only: readonly string[]): Promise<void> {
  const client = deployment.clients.of(SQSClient);
  const all = deployment.services.flatMap(({ subscriptions }) => subscriptions.map(({ queue }) => queue));
  const isIdle = async (queue: string) => {
    const { waiting, inFlight } = await queueState(client, queue);
    return waiting + inFlight === 0;
  };
  for (let wereBusy = true; wereBusy; ) {
    wereBusy = false;
    for (const queue of only.length > 0 ? only : all) {
      if (await isIdle(queue)) continue;
      wereBusy = true;
      await until(`consumers have nothing to do in ${queue}`, () => isIdle(queue));
    }
  }
}
