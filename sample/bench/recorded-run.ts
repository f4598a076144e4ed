import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lifetime } from '../../cli/lifetime';
import { inParallel } from '../../cli/parallel';
import { type Progress, showProgress } from '../../cli/progress';
import { OrderCompleted } from '../../contracts/orders';
import { apiUrl } from '../../deployed/discover';
import { queueDepth } from '../../deployed/queues';
import { type OutboxRecord, readOutbox } from '../../lambdas/runtime/events/outbox';
import { type Cloud, type CloudOptions, startCloud } from '../../local/cloud/cloud';
import { warmUp } from '../../local/cloud/health';
import { findFreePort } from '../../local/emulator/port';
import { readUsage, type Use } from '../../local/emulator/usage';
import { CallbackReceiver } from '../callback-receiver';
import { placeOrder, readOrder } from '../order-client';
import { sampleOrders } from '../sample-orders';
import { waitUntilIdle } from '../wait-until-idle';

const POLL_MS = 500;
/** Between two reads of an order's status, in milliseconds. */
const READ_MS = 20;

/** A local cloud that records what it uses, with a customer that receives callbacks. */
export interface RecordedCloud {
  readonly cloud: Cloud;
  readonly progress: Progress;
  /** Places orders that will be completed, and waits until no work is left. */
  place(orders: number, options?: PlaceOptions): Promise<Placed>;
  /** Places one order when no work is left, and returns the milliseconds until its customer reads that it is completed. */
  complete(order: number): Promise<number>;
}

export interface PlaceOptions {
  /** The first of the sample's orders. @default 0 */
  readonly from?: number;
  /** Requests at one time. @default 8 */
  readonly atOnce?: number;
}

/** What happened between the first request and the end of all work. */
export interface Placed {
  readonly uses: readonly Use[];
  /** Milliseconds until each request was accepted. */
  readonly answers: readonly number[];
  /** Milliseconds from each request to the event that completed its order. */
  readonly completions: readonly number[];
  /** Milliseconds until the last request was accepted, and until no work was left. */
  readonly acceptedAfter: number;
  readonly idleAfter: number;
}

/** Starts a local cloud, passes it to some work, and ends it. */
export async function withRecordedCloud<Result>(
  work: (recorded: RecordedCloud) => Promise<Result>,
  options: Pick<CloudOptions, 'longestWindow'> = {},
): Promise<Result> {
  const lifetime = new Lifetime();
  const progress = showProgress();
  try {
    const cloud = await startCloud({ port: await findFreePort(), progress, lifetime, usage: true, ...options });
    await warmUp(cloud);
    const receiver = await CallbackReceiver.start(cloud);
    lifetime.onEnd(() => receiver.stop());
    const url = apiUrl(cloud, 'checkout');
    const place: RecordedCloud['place'] = async (count, { from = 0, atOnce = 8 } = {}) => {
      const before = (await readUsage(cloud.directory)).length;
      const start = performance.now();
      const answers: number[] = [];
      const sentAt = new Map<string, number>();
      await inParallel(atOnce, completed(from + count, receiver.url).slice(from), async ({ request }) => {
        const at = Date.now();
        sentAt.set(await placeOrder(url, request, randomUUID()), at);
        answers.push(Date.now() - at);
      });
      const acceptedAfter = performance.now() - start;
      const { snapshot } = await waitUntilIdle(cloud);
      const idleAfter = performance.now() - start;
      await waitForJournal(cloud);
      const completions = completionsIn(snapshot.records).flatMap(({ orderId, at }) => {
        const sent = sentAt.get(orderId);
        return sent === undefined ? [] : [at - sent];
      });
      const uses = (await readUsage(cloud.directory)).slice(before);
      return { uses, answers, completions, acceptedAfter, idleAfter };
    };
    const complete: RecordedCloud['complete'] = async (order) => {
      await waitUntilIdle(cloud);
      const [one] = completed(order + 1, receiver.url).slice(order);
      if (!one) throw new Error(`The sample has no order ${order}.`);
      const start = performance.now();
      const orderId = await placeOrder(url, one.request, randomUUID());
      while ((await readOrder(url, orderId)).status !== 'completed') await sleep(READ_MS);
      return performance.now() - start;
    };
    return await work({ cloud, progress, place, complete });
  } finally {
    await lifetime.end();
  }
}

/** Waits until the journal has written all events: no order waits for it, but its writes are part of the price. */
async function waitForJournal(cloud: Cloud): Promise<void> {
  while (cloud.journal && (await queueDepth(cloud, cloud.journal.queue)) > 0) await sleep(POLL_MS);
}

/** When the orders were completed, from the outboxes. */
function completionsIn(records: readonly OutboxRecord[]): { readonly orderId: string; readonly at: number }[] {
  const events = records.flatMap((record) => readOutbox(record).events);
  return events
    .filter(({ name }) => name === OrderCompleted.name)
    .map(({ detail: { metadata, data } }) => {
      return { orderId: OrderCompleted.schema.parse(data).orderId, at: Date.parse(metadata.occurredAt) };
    });
}

/** Orders of all kinds that are completed. A third of them has a callback. */
function completed(count: number, callbackUrl: string) {
  return sampleOrders(count * 2, callbackUrl)
    .filter(({ expected }) => expected === 'completed')
    .slice(0, count);
}
