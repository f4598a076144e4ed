import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lifetime } from '../../cli/lifetime';
import { inParallel } from '../../cli/parallel';
import { type Progress, showProgress } from '../../cli/progress';
import { apiUrl } from '../../deployed/discover';
import { queueDepth } from '../../deployed/queues';
import { type Cloud, type CloudOptions, startCloud } from '../../local/cloud/cloud';
import { warmUp } from '../../local/cloud/health';
import { findFreePort } from '../../local/emulator/port';
import { readUsage, type Use } from '../../local/emulator/usage';
import { CallbackReceiver } from '../callback-receiver';
import { placeOrder } from '../order-client';
import { sampleOrders } from '../sample-orders';
import { waitUntilIdle } from '../wait-until-idle';

const POLL_MS = 500;

/** A local cloud that records what it uses, with a customer that receives callbacks. */
export interface RecordedCloud {
  readonly cloud: Cloud;
  readonly progress: Progress;
  /** Places orders that will be completed, and waits until no work is left. */
  place(orders: number, options?: PlaceOptions): Promise<Placed>;
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
      await inParallel(atOnce, completed(from + count, receiver.url).slice(from), async ({ request }) => {
        const sentAt = performance.now();
        await placeOrder(url, request, randomUUID());
        answers.push(performance.now() - sentAt);
      });
      const acceptedAfter = performance.now() - start;
      await waitUntilIdle(cloud);
      const idleAfter = performance.now() - start;
      await waitForJournal(cloud);
      return { uses: (await readUsage(cloud.directory)).slice(before), answers, acceptedAfter, idleAfter };
    };
    return await work({ cloud, progress, place });
  } finally {
    await lifetime.end();
  }
}

/** Waits until the journal has written all events: no order waits for it, but its writes are part of the price. */
async function waitForJournal(cloud: Cloud): Promise<void> {
  while (cloud.journal && (await queueDepth(cloud, cloud.journal.queue)) > 0) await sleep(POLL_MS);
}

/** Orders of all kinds that are completed. A third of them has a callback. */
function completed(count: number, callbackUrl: string) {
  return sampleOrders(count * 2, callbackUrl)
    .filter(({ expected }) => expected === 'completed')
    .slice(0, count);
}
