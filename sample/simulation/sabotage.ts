import { notifyCustomer } from '../../lambdas/callbacks/service';
import { followOrder } from '../../lambdas/checkout/service';
import { releaseStock, reservations } from '../../lambdas/inventory/service';
import { checkProgress } from '../../lambdas/orders/advance';
import type { Order } from '../../lambdas/orders/order';
import { checkOrder, orderTable, sweepOverdue } from '../../lambdas/orders/service';
import { refundPayment } from '../../lambdas/payments/service';
import { type Consumer, consume } from '../../lambdas/runtime/consume/consume';
import { consumerOf, type Subscription } from '../../lambdas/runtime/declare/declaration';
import type { ConsumerRuntime } from '../../lambdas/runtime/runtime';
import { TransactionCancelled } from '../../lambdas/runtime/store/store';
import { changeRun, coreSabotages, withTransact } from '../../test/simulation/sabotage';
import type { Sabotage, SimulatedSubscription } from '../../test/simulation/system';

const SWEEP = consumerOf(sweepOverdue);

/** Sabotages of the sample itself. Its simulation must detect each. */
export const ownSabotages = {
  'a deferred message is not sent again': {
    runtime: ({ queue, ...runtime }) => ({
      ...runtime,
      queue: { park: queue.park.bind(queue), defer: async () => {}, delay: queue.delay.bind(queue) },
    }),
  },
  'work that was stale five times counts as done': {
    needs: { faults: { conflict: 40 } },
    runtime: (runtime) => {
      const stale = new Map<string, number>();
      return withTransact(runtime, (writes) =>
        runtime.store.transact(writes).catch((error) => {
          const id = JSON.stringify(writes[0]?.ref.key);
          stale.set(id, (stale.get(id) ?? 0) + 1);
          if (!(error instanceof TransactionCancelled) || (stale.get(id) ?? 0) < 5) throw error;
        }),
      );
    },
  },
  'an event of a newer version is dropped': {
    runtime: ({ queue, ...runtime }) => ({
      ...runtime,
      queue: {
        park: async (message, attributes) =>
          attributes.reason === 'unknown-version' ? undefined : queue.park(message, attributes),
        defer: queue.defer.bind(queue),
        delay: queue.delay.bind(queue),
      },
    }),
  },
  'a refund is forgotten': replaceConsumer(refundPayment, () => forget(refundPayment)),
  'a cancellation is forgotten when it comes before the order': replaceConsumer(releaseStock, forgetUnknown),
  'an order view forgets events': replaceConsumer(followOrder, () => forget(followOrder)),
  'an order view drops the report of a callback': replaceConsumer(followOrder, (run) => {
    const ignore = forget(followOrder);
    return (batch, ...rest) => (batch.Records[0]?.body.includes('CallbackDelivered') ? ignore : run)(batch, ...rest);
  }),
  'a customer is never told': replaceConsumer(notifyCustomer, () => forget(notifyCustomer)),
  'a webhook has another id for each attempt': outside('a webhook has another id for each attempt'),
  'a webhook has another body for each attempt': outside('a webhook has another body for each attempt'),
  'a webhook is sent again after it was delivered': outside('a webhook is sent again after it was delivered'),
  'a repeated request is a new request': outside('a repeated request is a new request'),
  'a callback signature is not verified': outside('a callback signature is not verified'),
  'an order is never nudged': { ...replaceConsumer(checkOrder, () => forget(checkOrder)), stoppedClocks: true },
  'orders whose reminder never arrived are not swept': { stoppedClocks: true },
  'a payment window never closes': replaceConsumer(checkOrder, () => (batch, runtime) => endless.run(batch, runtime)),
  'overdue orders are swept every five days': {
    schedule: (schedule) => (schedule.name === SWEEP ? { ...schedule, everySeconds: 5 * 24 * 60 * 60 } : schedule),
  },
  'a payment is never recorded': { loses: (event) => event['detail-type'] === 'PaymentRecorded' },
  'a callback is never reported': { loses: (event) => /^Callback(Delivered|Failed)$/.test(event['detail-type']) },
  'a reminder is dropped': { loses: (event) => event['detail-type'] === 'ChargeDue' },
} satisfies Readonly<Record<string, Sabotage>>;

/** All sabotages. The simulation of the fixture must detect those of the core, where rare faults are less rare. */
export const sabotages = { ...coreSabotages, ...ownSabotages };

function outside(name: string): Sabotage {
  return { outside: new Set([name]) };
}

type Run = SimulatedSubscription['run'];

function replaceConsumer(replaced: Subscription, make: (run: Run) => Run): Sabotage {
  return changeRun(({ name, run }) => (name === consumerOf(replaced) ? make(run) : run));
}

/** A consumer that acknowledges every event without doing anything. An inbox would refuse work without its item. */
function forget(subscription: Subscription): Run {
  const consumer: Consumer = consume({ ...subscription, uses: [] }, () => {});
  return (batch, runtime) => consumer.run(batch, runtime);
}

/** Checks orders as if they had no payment window: it does not see when they were created. */
const endless = consume(checkOrder, async ({ orderId }, work, { metadata }) => {
  const known = await work.load(orderTable(orderId));
  if (!known || known.ended || metadata.id !== known.reminder) return;
  const { OrderCreated, ...facts } = known.facts;
  const put = (ref: ReturnType<typeof orderTable>, item: Order) =>
    work.put(ref, { ...item, facts: { ...item.facts, OrderCreated } });
  checkProgress({ ...known, facts }, Object.assign(Object.create(work), { put }));
});

/** A consumer that acknowledges cancellations of unknown orders without doing anything. */
function forgetUnknown(run: Run): Run {
  return runSome(run, forget(releaseStock), isKnown);
}

/** Runs a consumer with the messages that it wants, and another one with the others. */
function runSome(one: Run, other: Run, isWanted: (body: string, runtime: ConsumerRuntime) => Promise<boolean>): Run {
  return async ({ Records }, runtime, invocation) => {
    const wanted = await Promise.all(Records.map(({ body }) => isWanted(body, runtime)));
    const some = (run: Run, are: boolean) =>
      run({ Records: Records.filter((_, index) => wanted[index] === are) }, runtime, invocation);
    const answers = await Promise.all([some(one, true), some(other, false)]);
    return { batchItemFailures: answers.flatMap(({ batchItemFailures }) => batchItemFailures) };
  };
}

async function isKnown(body: string, { store }: ConsumerRuntime): Promise<boolean> {
  const { detail } = JSON.parse(body) as { detail: { data: { orderId: string } } };
  const [held] = await store.load([reservations(detail.data.orderId)]);
  return held !== undefined;
}
