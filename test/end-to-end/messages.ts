import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { OutgoingEvent } from '../../lambdas/runtime/envelope';
import type { SubscriptionManifest } from '../../lib/broker/manifest';
import { serviceOf } from '../../local/discover';
import { clientSettings } from '../../local/environment';
import { queueDepth } from '../../local/queues';
import { type Deployed, until } from './deployed';

/** A subscription by its consumer's name, e.g. `inventory.reserve-stock`. */
export function subscriptionOf({ deployment }: Deployed, consumer: string): SubscriptionManifest {
  const [service = '', name] = consumer.split('.');
  const found = serviceOf(deployment, service).subscriptions.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no subscription ${consumer}.`);
  return found;
}

/** Puts messages into a queue, in one call. */
export async function send({ deployment }: Deployed, queue: string, bodies: readonly string[]): Promise<void> {
  const client = new SQSClient(clientSettings(deployment.endpoint));
  const entries = bodies.map((body, index) => ({ Id: String(index), MessageBody: body }));
  await client.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries: entries }));
  client.destroy();
}

/** An event as EventBridge puts it into a queue. */
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

/** Waits until a queue holds no message, in flight or not. */
export async function untilEmpty({ deployment }: Deployed, queue: string): Promise<void> {
  await until(`queue ${queue} is empty`, async () => (await queueDepth(deployment, queue)) === 0);
}
