import { setTimeout as sleep } from 'node:timers/promises';
import { Receiver } from '../../../test/support/receiver';
import { invariants, type Snapshot } from '../../invariants';
import { sampleOrders } from '../../sample-orders';
import { readSnapshot } from '../../snapshot';
import { endpoints } from './clouds';
import { Customers } from './customers';
import { until, untilIdle } from './deployed';
import { callbacksOf, effectsOf, outcomesOf } from './effects';
import { archived, killInMidBatch, poison, sendAll, setReceives, setVisibility } from './faults';
import { setBatchSize, setEnvironment } from './functions';
import { subscriptionOf, untilQueuesIdle } from './messages';
import { operatorOf } from './operator';
import { OwnCloud } from './own-cloud';

/** Enough for every fault to have an effect. Even, because half of them are placed before the stop. */
const ORDERS = 2 * Math.round(Number(process.env.FAULT_ORDERS ?? 60) / 2);
/** Orders whose first request meets a stopped emulator. */
const PLACED_WHILE_STOPPED = 4;
const POISON_OF_EACH_REASON = 100;
/** The consumers whose queue is poisoned, whose table is missing for a while, and that throw for a while. */
const POISONED = 'payments.request-payment';
const WITHOUT_TABLE = 'inventory.reserve-stock';
const THROWING = 'callbacks.notify-customer';
/** The visibility timeout, after which the messages of a killed process are redelivered. */
const VISIBILITY_SECONDS = 4;
/** The payment window of AWS, so that no order is cancelled because the faults take time, and the functions that have it. */
const PAYMENT_WINDOW = { PAYMENT_WINDOW_SECONDS: '900' };
const CANCELLING = ['advance-order', 'check-order', 'resume-order', 'sweep-overdue'].map((name) => `orders.${name}`);
/** Consumers whose messages each call another function: a whole batch would start one process per message. */
const CALLERS = [
  'payments.collect-payment',
  'payments.look-up-charge',
  'payments.refund-payment',
  'payment-provider.send-callback',
];
const CALLS_AT_ONCE = 3;
/** Records older than this at the stop were read from the stream before it. */
const UNREAD_MS = 30_000;
/** A limit above the number of dead letters, and a rate that no command reaches. */
const ALL = '10000';

const VIOLATIONS_SHOWN = 20;
const TIMEOUT_MS = 1_200_000;

interface Peeked {
  readonly deadLetters: readonly { readonly reason: string; readonly body: string }[];
}
interface Counts {
  readonly queues: readonly { readonly redriven?: number }[];
}

// An emulator at AWS_ENDPOINT_URL must not be stopped.
const group = endpoints().length === 0 || process.env.AWS_ENDPOINT_URL ? describe.skip : describe;

group(`${ORDERS} orders in the middle of faults`, () => {
  const begun = new Date();
  const happened = { killed: 0, published: 0, redriven: 0 };
  let cloud: OwnCloud;
  let receiver: Receiver;
  let finished: Snapshot | undefined;
  const deployed = () => cloud.deployed;
  const customers = new Customers(() => deployed().url);
  const operator = operatorOf(deployed);

  beforeAll(async () => {
    receiver = await Receiver.start((response) => response.end());
    cloud = await OwnCloud.start();
  }, TIMEOUT_MS);

  afterAll(async () => {
    await receiver?.stop();
    await cloud?.stop();
  }, TIMEOUT_MS);

  it('end correctly, with every effect once', survive, TIMEOUT_MS);

  it('do not change when everything is replayed', replay, TIMEOUT_MS);

  async function survive(): Promise<void> {
    await setVisibility(deployed(), VISIBILITY_SECONDS);
    await setBatchSize(deployed(), CALLERS, CALLS_AT_ONCE);
    for (const name of CANCELLING) await setEnvironment(deployed(), name, PAYMENT_WINDOW);
    // All at the same time, while there are batches to interrupt.
    const kill = async (...names: readonly string[]) => {
      const killed = await Promise.all(names.map((name) => killInMidBatch(cloud, name)));
      happened.killed += killed.reduce((sum, count) => sum + count, 0);
    };
    const bad = poison(POISON_OF_EACH_REASON);
    const orders = sampleOrders(ORDERS, receiver.url);
    const [first, second] = [orders.slice(0, ORDERS / 2), orders.slice(ORDERS / 2, -PLACED_WHILE_STOPPED)];

    await Promise.all([
      customers.place(first),
      poisonQueue(bad),
      withoutItsTable(WITHOUT_TABLE),
      whileItThrows(THROWING),
      kill('orders.advance-order', 'orders.relay', 'payments.collect-payment'),
    ]);
    await Promise.all([
      customers.place(second),
      until('more orders are being placed', async () => customers.accepted.size > first.length).then(async () => {
        const stopped = Date.now();
        await cloud.stop();
        const placing = customers.place(orders.slice(-PLACED_WHILE_STOPPED));
        await cloud.resume();
        await placing;
        const since = new Date(stopped - UNREAD_MS);
        await publishAgain(since);
        await redrive('--consumer', WITHOUT_TABLE, '--consumer', THROWING);
        const killing = kill('inventory.reserve-stock', 'callbacks.deliver-callback', 'orders.advance-order');
        await publishUntil(killing, since);
      }),
    ]);

    await purgePoison(bad);
    await redrive();
    await untilQueuesIdle(deployed());
    await untilIdle(deployed());
    await untilTold();
    const { snapshot, violations } = await untilIdle(deployed());
    const broken = violations.map(({ invariant, detail }) => `${invariants[invariant]}: ${detail}`);
    expect(broken.slice(0, VIOLATIONS_SHOWN)).toEqual([]);
    expect(outcomesOf(snapshot)).toEqual(
      new Map([...customers.accepted].map(([id, { expected }]) => [id, expected] as const).sort()),
    );
    expect(customers.accepted.size).toBe(ORDERS);
    expect(customers.repeated).toBeGreaterThan(0);
    expect((await ops<Counts>('dlq', 'list')).queues).toEqual([]);
    finished = snapshot;
  }

  async function replay(): Promise<void> {
    if (finished === undefined)
      throw new Error('There is no snapshot to compare with, because not all orders have ended.');
    const received = receiver.received.length;
    const events = await archived(deployed());
    expect(events).toBeGreaterThan(ORDERS);
    await ops('replay', '--from', begun.toISOString(), '--to', '0s');
    await untilQueuesIdle(deployed());
    expect(effectsOf(await readSnapshot(deployed().deployment))).toEqual(effectsOf(finished));
    expect(receiver.received.length).toBe(received);
    expect((await ops<Counts>('dlq', 'list')).queues).toEqual([]);
    const { killed, published, redriven } = happened;
    console.log(
      `${ORDERS} orders, ${customers.repeated} requests repeated: ${killed} processes were killed, ${3 * POISON_OF_EACH_REASON} ` +
        `messages were poison, the emulator was stopped, ${published} events were published again, ${redriven} dead ` +
        `dead letters redriven, ${events} events replayed.`,
    );
  }

  async function ops<Json>(...argv: string[]): Promise<Json> {
    const { json, failure } = await operator.ops<Json>(...argv);
    if (failure !== undefined) throw new Error(failure);
    return json;
  }

  async function poisonQueue(bad: ReturnType<typeof poison>): Promise<void> {
    const bodies = bad.map(({ body }) => body);
    await sendAll(deployed(), subscriptionOf(deployed(), POISONED).queue, bodies);
  }

  /** Points a consumer to a missing table until some of its messages are dead letters. */
  async function withoutItsTable(consumer: string): Promise<void> {
    const changes = { TABLE_STOCK: 'no-such-table', ATTEMPTS: '3', BACKOFF_CAP_SECONDS: '1' };
    const before = await setEnvironment(deployed(), consumer, changes);
    await untilDead(consumer, 'attempts-exhausted');
    await setEnvironment(deployed(), consumer, before);
  }

  /** Makes a consumer throw until SQS has moved some of its messages to the dead-letter queue. */
  async function whileItThrows(consumer: string): Promise<void> {
    const receives = await setReceives(deployed(), consumer, 2);
    const before = await setEnvironment(deployed(), consumer, { IDEMPOTENCY_DAYS: 'a month' });
    await untilDead(consumer, 'received-too-often');
    await setEnvironment(deployed(), consumer, before);
    await setReceives(deployed(), consumer, receives);
  }

  async function untilDead(consumer: string, reason: string): Promise<void> {
    await until(`${consumer} has dead letters: ${reason}`, async () => {
      // Polling slows down the functions.
      await sleep(500);
      return (await deadLettersOf(consumer, reason)).length > 0;
    });
  }

  async function deadLettersOf(consumer: string, ...reasons: readonly string[]) {
    const only = ['--consumer', consumer, ...reasons.flatMap((reason) => ['--reason', reason])];
    return (await ops<Peeked>('dlq', 'peek', '--limit', ALL, ...only)).deadLetters;
  }

  /** Publishes the outbox again, as after a long relay outage: events in the streams were lost when the emulator stopped. */
  async function publishAgain(since: Date): Promise<void> {
    const window = ['--since', since.toISOString(), '--until', new Date().toISOString()];
    const { events } = await ops<{ events: readonly { published: number }[] }>(
      ...(['outbox', '--republish', ...window, '--rate', ALL] as const),
    );
    happened.published = events.reduce((sum, { published }) => sum + published, 0);
  }

  /** Publishes events again until the work is done, so that there are always batches to interrupt. */
  async function publishUntil(work: Promise<void>, since: Date): Promise<void> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    while (!isDone) await publishAgain(since);
    await work;
  }

  /** Waits until all poison messages are dead letters with their reasons, and deletes them. */
  async function purgePoison(bad: ReturnType<typeof poison>): Promise<void> {
    const { queue } = subscriptionOf(deployed(), POISONED);
    await untilQueuesIdle(deployed(), queue);
    const reasons = [...new Set(bad.map(({ reason }) => reason))];
    const deadLetters = await deadLettersOf(POISONED, ...reasons);
    const found = new Set(deadLetters.map(({ reason, body }) => `${reason} ${body}`));
    expect([...found].sort()).toEqual(bad.map(({ reason, body }) => `${reason} ${body}`).sort());
    const only = reasons.flatMap((reason) => ['--reason', reason]);
    await ops('dlq', 'purge', '--consumer', POISONED, ...only, '--yes', '--rate', ALL);
  }

  async function redrive(...which: readonly string[]): Promise<void> {
    const { queues } = await ops<Counts>('dlq', 'redrive', ...which, '--rate', ALL);
    happened.redriven += queues.reduce((sum, { redriven = 0 }) => sum + redriven, 0);
  }

  /** Waits until every customer has received all callbacks, each with one id. */
  async function untilTold(): Promise<void> {
    const expected = [...customers.accepted].flatMap(([orderId, { request, expected: outcome }]) => {
      if (request.callbackUrl === undefined) return [];
      const types = outcome === 'completed' ? ['order.completed', 'order.confirmed'] : ['order.cancelled'];
      return types.map((type) => `${orderId} ${type}`);
    });
    const callbacks = () => callbacksOf(receiver.received);
    // Which customers are notified of a delay depends on the length of the bank's outage.
    const outcomes = () => [...callbacks().keys()].filter((what) => !what.endsWith(' order.payment-delayed'));
    await until('all customers are notified', async () => outcomes().length >= expected.length);
    await untilQueuesIdle(deployed(), subscriptionOf(deployed(), 'callbacks.deliver-callback').queue);
    expect(outcomes().sort()).toEqual(expected.sort());
    expect([...callbacks()].filter(([, ids]) => ids.size !== 1)).toEqual([]);
  }
});
