import { releaseStock, reservations } from '../../lambdas/inventory/service';
import { checkOrder } from '../../lambdas/orders/service';
import { refundPayment } from '../../lambdas/payments/service';
import { consumerRuntime } from '../../lambdas/runtime/aws/consumer-runtime';
import { type Consumer, consume } from '../../lambdas/runtime/consume/consume';
import { onLambda } from '../../lambdas/runtime/on-lambda';
import type { ConsumerRuntime } from '../../lambdas/runtime/runtime';
import type { Write } from '../../lambdas/runtime/store/store';
import { type Sabotage, serviceOf } from '../../test/simulation/world';
import type { SimulatedSubscription } from './system';

/** Breakages that the simulation must notice. Each takes away one thing that the promises rest on. */
export const sabotages = {
  'a record is written even if it is there already': changeWrites((write, current) =>
    isRecord(write) ? { ...write, kind: 'put', expected: current ?? 'absent' } : write,
  ),
  'an item is written even if it changed meanwhile': changeWrites((write, current) =>
    write.kind === 'put' && !isRecord(write) ? { ...write, expected: current ?? 'absent' } : write,
  ),
  'stock may fall below nothing': changeWrites((write) =>
    write.kind === 'adjust' ? { ...write, floor: undefined } : write,
  ),
  'events are published before the transaction': {
    runtime: (runtime, world, consumer) => {
      const { store } = runtime;
      const transact = (writes: readonly Write[]) => {
        world.services.publish(serviceOf(consumer), writes);
        return store.transact(writes);
      };
      return {
        ...runtime,
        store: { load: (refs) => store.load(refs), query: (query) => store.query(query), transact },
      };
    },
  },
  'a message is acknowledged though its work failed': changeConsumer(({ handler }) =>
    runOnly(handler, async (...input) => {
      await handler.run(...input);
      return { batchItemFailures: [] };
    }),
  ),
  'a dead letter is acknowledged and not kept': {
    runtime: (runtime) => ({ ...runtime, queue: { ...runtime.queue, park: async () => {} } }),
  },
  'an entry that the bus refused counts as published': {
    busAnswer: () => ({ kind: 'published' }),
  },
  'a batch of the stream counts as read though its relay died': { forgetfulStream: true },
  'a refund is forgotten': changeConsumer((subscription) =>
    subscription.name === 'payments.refund-payment' ? consume(refundPayment, () => {}) : subscription.handler,
  ),
  'a cancellation is forgotten when it comes before the order': changeConsumer((subscription) =>
    subscription.name === 'inventory.release-stock' ? forgetUnknown(subscription.handler) : subscription.handler,
  ),
  'a repeated request is a new request': { forgetfulEndpoint: true },
  'a callback is believed whoever signed it': { gullible: true },
  'an order is never nudged': {
    ...changeConsumer((subscription) =>
      subscription.name === 'orders.check-order' ? consume(checkOrder, () => {}) : subscription.handler,
    ),
    stoppedClocks: true,
  },
  'nobody looks for orders whose reminder never came': { stoppedClocks: true },
  'a reminder is dropped': { loses: ({ name }) => name === 'ChargeDue' },
} satisfies Readonly<Record<string, Sabotage>>;

export type SabotageName = keyof typeof sabotages;

/** Changes each write on its way into the store, knowing the version that is there. */
function changeWrites(change: (write: Write, current: number | undefined) => Write): Sabotage {
  return {
    runtime: (runtime: ConsumerRuntime) => {
      const { store } = runtime;
      const transact = async (writes: readonly Write[]) => {
        const current = await store.load(writes.map(({ ref }) => ref));
        return store.transact(writes.map((write, index) => change(write, current[index]?.version)));
      };
      return {
        ...runtime,
        store: { load: (refs) => store.load(refs), query: (query) => store.query(query), transact },
      };
    },
  };
}

function changeConsumer(change: (subscription: SimulatedSubscription) => Consumer): Sabotage {
  return { subscription: (subscription) => ({ ...subscription, handler: change(subscription) }) };
}

function isRecord(write: Write): write is Write & { kind: 'create' } {
  return write.kind === 'create' && write.ref.table === 'records';
}

/** A consumer that does nothing about an order of which it has not heard, and takes that for done. */
function forgetUnknown(handler: Consumer): Consumer {
  const forget = consume(releaseStock, () => {});
  return runOnly(handler, async ({ Records }, runtime) => {
    const known = await Promise.all(Records.map(({ body }) => isKnown(body, runtime)));
    const run = (consumer: Consumer, wanted: boolean) =>
      consumer.run({ Records: Records.filter((_, index) => known[index] === wanted) }, runtime);
    const answers = await Promise.all([run(handler, true), run(forget, false)]);
    return { batchItemFailures: answers.flatMap(({ batchItemFailures }) => batchItemFailures) };
  });
}

async function isKnown(body: string, { store }: ConsumerRuntime): Promise<boolean> {
  const { detail } = JSON.parse(body) as { detail: { data: { orderId: string } } };
  const [held] = await store.load([reservations(detail.data.orderId)]);
  return held !== undefined;
}

function runOnly({ subscription }: Consumer, run: Consumer['run']): Consumer {
  return Object.assign(onLambda(run, consumerRuntime), { subscription });
}
