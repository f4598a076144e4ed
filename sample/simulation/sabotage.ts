import { notifyCustomer } from '../../lambdas/callbacks/service';
import { followOrder } from '../../lambdas/checkout/service';
import { releaseStock, reservations } from '../../lambdas/inventory/service';
import { checkOrder } from '../../lambdas/orders/service';
import { refundPayment } from '../../lambdas/payments/service';
import { type Consumer, consume } from '../../lambdas/runtime/consume/consume';
import { consumerOf, type Subscription } from '../../lambdas/runtime/declare/declaration';
import type { ConsumerRuntime } from '../../lambdas/runtime/runtime';
import { changeRun, coreSabotages } from '../../test/simulation/sabotage';
import type { Sabotage, SimulatedSubscription } from '../../test/simulation/system';

/** Sabotages that the sample's simulation must detect: those of the core, and its own. */
export const sabotages = {
  ...coreSabotages,
  'a deferred message is not sent again': {
    runtime: ({ queue, ...runtime }) => ({
      ...runtime,
      queue: { park: queue.park.bind(queue), defer: async () => {}, delay: queue.delay.bind(queue) },
    }),
  },
  'a refund is forgotten': replaceConsumer(refundPayment, () => forget(refundPayment)),
  'a cancellation is forgotten when it comes before the order': replaceConsumer(releaseStock, forgetUnknown),
  'an order view forgets events': replaceConsumer(followOrder, () => forget(followOrder)),
  'a customer is never told': replaceConsumer(notifyCustomer, () => forget(notifyCustomer)),
  'a webhook has another id for each attempt': outside('a webhook has another id for each attempt'),
  'a repeated request is a new request': outside('a repeated request is a new request'),
  'a callback signature is not verified': outside('a callback signature is not verified'),
  'an order is never nudged': { ...replaceConsumer(checkOrder, () => forget(checkOrder)), stoppedClocks: true },
  'orders whose reminder never arrived are not swept': { stoppedClocks: true },
  'a reminder is dropped': { loses: (event) => event['detail-type'] === 'ChargeDue' },
} satisfies Readonly<Record<string, Sabotage>>;

function outside(name: string): Sabotage {
  return { outside: new Set([name]) };
}

type Run = SimulatedSubscription['run'];

function replaceConsumer(replaced: Subscription, make: (run: Run) => Run): Sabotage {
  return changeRun(({ name, run }) => (name === consumerOf(replaced) ? make(run) : run));
}

/** A consumer that acknowledges every event without doing anything. */
function forget(subscription: Subscription): Run {
  const consumer: Consumer = consume(subscription, () => {});
  return (batch, runtime) => consumer.run(batch, runtime);
}

/** A consumer that acknowledges cancellations of unknown orders without doing anything. */
function forgetUnknown(run: Run): Run {
  const ignore = forget(releaseStock);
  return async ({ Records }, runtime, invocation) => {
    const known = await Promise.all(Records.map(({ body }) => isKnown(body, runtime)));
    const runSome = (one: Run, wanted: boolean) =>
      one({ Records: Records.filter((_, index) => known[index] === wanted) }, runtime, invocation);
    const answers = await Promise.all([runSome(run, true), runSome(ignore, false)]);
    return { batchItemFailures: answers.flatMap(({ batchItemFailures }) => batchItemFailures) };
  };
}

async function isKnown(body: string, { store }: ConsumerRuntime): Promise<boolean> {
  const { detail } = JSON.parse(body) as { detail: { data: { orderId: string } } };
  const [held] = await store.load([reservations(detail.data.orderId)]);
  return held !== undefined;
}
