import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeArchiveCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetQueueAttributesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { inParallel } from '../../../cli/parallel';
import { listMappings } from '../../../deployed/mappings';
import { type Deployed, until } from './deployed';
import { functionOf } from './functions';
import { envelope, orderCreated, send, subscriptionOf } from './messages';
import type { OwnCloud } from './own-cloud';

/** The emulator's status of a mapping whose last batch failed as a whole. It lasts at least one second. */
const FAILED = 'FAILED';
const LOOK_FOR_MS = 700;
const AT_ONCE = 8;

/**
 * Kills the processes of a function with SIGKILL, repeatedly, until one of them was processing a batch.
 *
 * @param name a consumer, e.g. `orders.advance-order`, or a relay, e.g. `orders.relay`
 * @returns the number of killed processes
 */
export async function killInMidBatch(cloud: OwnCloud, name: string): Promise<number> {
  const { deployed } = cloud;
  const functionName = functionOf(deployed, name);
  let killed = 0;
  await until(`a process of ${name} dies in mid-batch`, async () => {
    if ((await lastResult(deployed, functionName)).startsWith(FAILED)) return false;
    const now = await cloud.kill(functionName);
    killed += now;
    const deadline = Date.now() + (now > 0 ? LOOK_FOR_MS : 0);
    while (Date.now() < deadline) {
      if ((await lastResult(deployed, functionName)).startsWith(FAILED)) return true;
      await sleep(50);
    }
    return false;
  });
  return killed;
}

/** Returns the emulator's status of the last batch of a function. A failed one has priority: a relay reads several streams. */
async function lastResult({ deployment }: Deployed, functionName: string): Promise<string> {
  const results = (await listMappings(deployment, functionName)).map((one) => one.LastProcessingResult ?? '');
  return results.find((result) => result.startsWith(FAILED)) ?? results[0] ?? '';
}

/** Sets the visibility timeout of all queues. On AWS, it is six times the function's timeout. */
export async function setVisibility({ deployment }: Deployed, seconds: number): Promise<void> {
  const client = deployment.clients.of(SQSClient);
  const queues = deployment.services.flatMap(({ subscriptions }) => subscriptions.map(({ queue }) => queue));
  const Attributes = { VisibilityTimeout: String(seconds) };
  await Promise.all(queues.map((QueueUrl) => client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }))));
}

/** Sets `maxReceiveCount` of a consumer's queue. @returns the previous value */
export async function setReceives(deployed: Deployed, consumer: string, maxReceiveCount: number): Promise<number> {
  const client = deployed.deployment.clients.of(SQSClient);
  const { queue: QueueUrl } = subscriptionOf(deployed, consumer);
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] });
  const { Attributes = {} } = await client.send(asked);
  const before = JSON.parse(Attributes.RedrivePolicy ?? '') as { maxReceiveCount: number };
  const change = { RedrivePolicy: JSON.stringify({ ...before, maxReceiveCount }) };
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: change }));
  return before.maxReceiveCount;
}

/** Returns the number of events in the bus's archive. */
export async function archived({ deployment: { clients, broker } }: Deployed): Promise<number> {
  const client = clients.of(EventBridgeClient);
  const { EventCount = 0 } = await client.send(new DescribeArchiveCommand({ ArchiveName: broker.archive }));
  return EventCount;
}

/** Returns messages that no consumer of `OrderCreated` can process. @param count messages per reason */
export function poison(count: number): { readonly body: string; readonly reason: string }[] {
  const id = () => randomUUID();
  return Array.from({ length: count }, () => [
    { reason: 'not-json', body: `not JSON ${id()}` },
    { reason: 'unknown-version', body: envelope(orderCreated({}, {}, 99)) },
    { reason: 'broken-contract', body: envelope(orderCreated({}, { orderId: id() })) },
  ]).flat();
}

/** Sends any number of messages to a queue, in batches. */
export async function sendAll(deployed: Deployed, queue: string, bodies: readonly string[]): Promise<void> {
  const calls = Array.from({ length: Math.ceil(bodies.length / 10) }, (_, index) =>
    bodies.slice(index * 10, (index + 1) * 10),
  );
  await inParallel(AT_ONCE, calls, (some) => send(deployed, queue, some));
}
