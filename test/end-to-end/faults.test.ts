import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { variables } from '../../lambdas/runtime/settings';
import { serviceOf } from '../../local/discover';
import { clientSettings } from '../../local/environment';
import { queueState } from '../../ops/dead-letters/message-queue';
import { Customers } from './customers';
import { emulator, expectInvariants, until } from './deployed';
import { setEnvironment } from './functions';
import { send } from './messages';
import { operatorOf } from './operator';
import { OwnCloud } from './own-cloud';
import { storedOrders } from './stored';

const ORDERS = 300;
/** The last third is placed while the emulator stops. */
const ORDERS_BEFORE_STOP = 200;
const POISON = 200;
const POISONED = 'inventory.reserve-stock';
const THROWING = 'shipping.dispatch-shipment';
const KILLED = ['inventory.reserve-stock', 'payments.request-payment', 'orders.advance-order', 'checkout.follow-order'];
const KILLS_OF_EACH = 3;
const GIVEN_UP = 3;
/** Hundreds of orders are in the way of what is waited for, and other tests run beside this one. */
const PATIENCE_MS = 180_000;

/** Not JSON, not an event, an event that breaks its contract. */
const poison = Array.from({ length: POISON }, (_, index) => {
  const broken = { source: 'orders', 'detail-type': 'OrderCreated', detail: { metadata: {}, data: index } };
  return [`not JSON ${index}`, JSON.stringify({ index }), JSON.stringify(broken)][index % 3] ?? '';
});

interface Queues {
  readonly queues: readonly { readonly name: string; readonly dead: number }[];
}

// A given emulator is somebody's: it is not ours to stop.
const group = emulator() === undefined || process.env.AWS_ENDPOINT_URL ? describe.skip : describe;

group('a system that is hurt in the middle of its work', () => {
  let cloud: OwnCloud;
  let sqs: SQSClient;
  beforeAll(async () => {
    cloud = await OwnCloud.start();
    sqs = new SQSClient(clientSettings(deployed().deployment.endpoint));
  }, 120_000);
  afterAll(async () => {
    sqs?.destroy();
    await cloud?.stop();
  }, 30_000);
  const deployed = () => cloud.deployed;
  const subscriptions = () => deployed().deployment.services.flatMap((service) => service.subscriptions);
  const { ops, queueOf, stored } = operatorOf(deployed);
  const customers = new Customers(() => deployed().url);

  it('loses none of 300 orders, and does nothing twice', async () => {
    await redeliverSoon();

    const [killed] = await Promise.all([
      killInMidBatch(),
      customers.place(ORDERS_BEFORE_STOP),
      spoil(),
      throwForAWhile(),
    ]);
    const lostBatches = await cloud.lostBatches();
    expect(lostBatches).toBeGreaterThan(0);

    const last = customers.place(ORDERS - ORDERS_BEFORE_STOP);
    const some = ORDERS_BEFORE_STOP + 30;
    await until('some of the last orders are placed', async () => customers.accepted.length >= some);
    const restarted = new Date();
    await cloud.restart();
    await last;
    expect(customers.repeated).toBeGreaterThan(0);

    // What was in streams when the emulator stopped is gone with it; on AWS it would be there.
    await ops('outbox', '--republish', '--since', earlier(restarted), '--rate', '1000');
    const dead = await ops<{ letters: { body: string }[] }>('dlq', 'peek', '--consumer', POISONED, '--limit', '1000');
    // One whose function was killed between parking and acknowledging is parked twice.
    expect(new Set(dead.json.letters.map(({ body }) => body))).toEqual(new Set(poison));
    await ops('dlq', 'purge', '--consumer', POISONED, '--yes');
    const redriven = await ops<{ queues: { redriven: number }[] }>('dlq', 'redrive');
    const letters = redriven.json.queues.reduce((sum, queue) => sum + queue.redriven, 0);
    expect(letters).toBeGreaterThanOrEqual(GIVEN_UP);

    const before = await stored();
    expect(await storedOrders(deployed())).toEqual([...customers.accepted].sort());
    expect(new Set(customers.accepted).size).toBe(ORDERS);
    await expectInvariants(deployed());

    const { json: replay } = await ops<{ state: string }>('replay', '--from', '15m', '--to', '0s');
    expect(replay.state).toBe('COMPLETED');
    await until('every event has arrived again', nothingIsUnderWay, PATIENCE_MS);
    expect(await stored()).toEqual(before);
    await expectInvariants(deployed());
    const { json: end } = await ops<Queues>('queues');
    expect(end.queues.filter(({ dead }) => dead > 0)).toEqual([]);
    console.log(
      `${ORDERS} orders: ${killed} processes killed, ${lostBatches} batches died with them; ${POISON} messages of poison; ` +
        `${customers.repeated} requests repeated; ${letters} dead letters redriven; all events replayed.`,
    );
  }, 600_000);

  /** The deployed time-outs are for handlers that hang; of these it is known that they are dead. */
  async function redeliverSoon(): Promise<void> {
    const Attributes = { VisibilityTimeout: '5' };
    const commands = subscriptions().map(
      ({ queue: QueueUrl }) => new SetQueueAttributesCommand({ QueueUrl, Attributes }),
    );
    await Promise.all(commands.map((command) => sqs.send(command)));
  }

  async function killInMidBatch(): Promise<number> {
    let killed = 0;
    for (let round = 0; round < KILLS_OF_EACH; round++) {
      for (const consumer of KILLED) {
        await until(`${consumer} works on a batch`, () => isReading(consumer));
        killed += await cloud.kill(queueOf(consumer).function);
      }
      killed += await cloud.kill(serviceOf(deployed().deployment, 'orders').relay.function);
    }
    return killed;
  }

  async function spoil(): Promise<void> {
    for (let sent = 0; sent < POISON; sent += 10) {
      await send(deployed(), queueOf(POISONED).queue, poison.slice(sent, sent + 10));
    }
  }

  /** Long enough for messages to be given up. */
  async function throwForAWhile(): Promise<void> {
    const settings = await setEnvironment(deployed(), THROWING, {
      [variables.records]: 'no-such-table',
      [variables.attempts]: '2',
      [variables.backoffBase]: '1',
    });
    await until(
      `${THROWING} has given up on messages`,
      async () => (await queueState(sqs, queueOf(THROWING).deadLetterQueue)).waiting >= GIVEN_UP,
      PATIENCE_MS,
    );
    await setEnvironment(deployed(), THROWING, settings);
  }

  async function isReading(consumer: string): Promise<boolean> {
    return (await queueState(sqs, queueOf(consumer).queue)).inFlight > 0;
  }

  async function nothingIsUnderWay(): Promise<boolean> {
    for (const { queue } of subscriptions()) {
      const { waiting, inFlight } = await queueState(sqs, queue);
      if (waiting + inFlight > 0) return false;
    }
    return true;
  }
});

/** What was committed half a minute before may not have left its stream. */
function earlier(time: Date): string {
  return new Date(time.getTime() - 30_000).toISOString();
}
