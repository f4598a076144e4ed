import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { variables } from '../../lambdas/runtime/settings';
import { serviceOf } from '../../local/discover';
import { clientSettings } from '../../local/environment';
import { Customers } from './customers';
import { emulator, expectInvariants, until } from './deployed';
import { setEnvironment } from './functions';
import { send } from './messages';
import { operatorOf } from './operator';
import { OwnCloud } from './own-cloud';
import { storedOrders } from './stored';

const ORDERS_PER_FAULT = 100;
const POISON = 200;
const POISONED = 'inventory.reserve-stock';
const THROWING = 'shipping.dispatch-shipment';
const KILLED = ['inventory.reserve-stock', 'payments.request-payment', 'orders.advance-order', 'checkout.follow-order'];
const KILLS_OF_EACH = 3;

/** No such event is known; it is not one; it breaks its contract. */
const poison = ['not JSON', '{}', JSON.stringify({ source: 'orders', 'detail-type': 'OrderCreated', detail: {} })];

interface Queues {
  readonly queues: readonly {
    readonly name: string;
    readonly waiting?: number;
    readonly inFlight?: number;
    readonly dead: number;
  }[];
}

// A given emulator is somebody's: it is not ours to stop.
const group = emulator() === undefined || process.env.AWS_ENDPOINT_URL ? describe.skip : describe;

group('a system that is hurt in the middle of its work', () => {
  let cloud: OwnCloud;
  beforeAll(async () => {
    cloud = await OwnCloud.start();
  }, 120_000);
  afterAll(() => cloud?.stop(), 30_000);
  const deployed = () => cloud.deployed;
  const { ops, queueOf, stored } = operatorOf(deployed);
  const customers = new Customers(() => deployed().url);

  it('loses none of 300 orders, and does nothing twice', async () => {
    await redeliverSoon();

    const [killed] = await Promise.all([killInMidBatch(), customers.place(ORDERS_PER_FAULT), spoil()]);
    const lostBatches = await cloud.lostBatches();
    expect(lostBatches).toBeGreaterThan(0);

    const settings = await setEnvironment(deployed(), THROWING, {
      [variables.records]: 'no-such-table',
      [variables.attempts]: '2',
      [variables.backoffBase]: '1',
    });
    const placed = customers.place(ORDERS_PER_FAULT);
    await until(`${THROWING} has given up on messages`, async () => (await deadOf(THROWING)) >= 5);
    await setEnvironment(deployed(), THROWING, settings);
    await placed;

    const last = customers.place(ORDERS_PER_FAULT);
    await until('some of the last orders are placed', async () => customers.accepted.length > 2.3 * ORDERS_PER_FAULT);
    const restarted = new Date().toISOString();
    await cloud.restart();
    await last;
    expect(customers.repeated).toBeGreaterThan(0);

    // What was in streams when the emulator stopped is gone with it; on AWS it would be there.
    await ops('outbox', '--republish', '--since', earlier(restarted), '--rate', '1000');
    expect(await deadOf(POISONED)).toBe(POISON);
    const purged = await ops<{ queues: { letters: number }[] }>('dlq', 'purge', '--consumer', POISONED, '--yes');
    expect(purged.json.queues.map(({ letters }) => letters)).toEqual([POISON]);
    const redriven = await ops<{ queues: { redriven: number }[] }>('dlq', 'redrive');
    const letters = redriven.json.queues.reduce((sum, queue) => sum + queue.redriven, 0);
    expect(letters).toBeGreaterThanOrEqual(5);

    const before = await stored();
    expect(await storedOrders(deployed())).toEqual([...customers.accepted].sort());
    expect(new Set(customers.accepted).size).toBe(3 * ORDERS_PER_FAULT);
    await expectInvariants(deployed());

    const { json: replay } = await ops<{ state: string }>('replay', '--from', '15m', '--to', '0s');
    expect(replay.state).toBe('COMPLETED');
    await until('every event has arrived again', async () => {
      const { json } = await ops<Queues>('queues');
      return json.queues.every(({ waiting = 0, inFlight = 0 }) => waiting + inFlight === 0);
    });
    expect(await stored()).toEqual(before);
    await expectInvariants(deployed());
    const { json: end } = await ops<Queues>('queues');
    expect(end.queues.filter(({ dead }) => dead > 0)).toEqual([]);
    console.log(
      `300 orders: ${killed} processes killed, ${lostBatches} batches died with them; ${POISON} messages of poison; ` +
        `${customers.repeated} requests repeated; ${letters} dead letters redriven; all events replayed.`,
    );
  }, 300_000);

  /** The deployed time-outs are for handlers that hang; here it is known that they are dead. */
  async function redeliverSoon(): Promise<void> {
    const client = new SQSClient(clientSettings(deployed().deployment.endpoint));
    const queues = deployed().deployment.services.flatMap(({ subscriptions }) =>
      subscriptions.map(({ queue }) => queue),
    );
    for (const QueueUrl of queues) {
      await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '5' } }));
    }
    client.destroy();
  }

  async function killInMidBatch(): Promise<number> {
    let killed = 0;
    for (let round = 0; round < KILLS_OF_EACH; round++) {
      for (const consumer of KILLED) {
        await until(`${consumer} works on a batch`, async () => ((await rowOf(consumer)).inFlight ?? 0) > 0);
        killed += await cloud.kill(queueOf(consumer).function);
      }
      killed += await cloud.kill(serviceOf(deployed().deployment, 'orders').relay.function);
    }
    return killed;
  }

  async function spoil(): Promise<void> {
    for (let sent = 0; sent < POISON; sent += 10) {
      const bodies = Array.from({ length: 10 }, (_, index) => poison[(sent + index) % poison.length] ?? '');
      await send(deployed(), queueOf(POISONED).queue, bodies);
    }
  }

  async function rowOf(consumer: string) {
    const row = (await ops<Queues>('queues')).json.queues.find(({ name }) => name === consumer);
    if (!row) throw new Error(`There is no queue of ${consumer}.`);
    return row;
  }

  async function deadOf(consumer: string): Promise<number> {
    return (await rowOf(consumer)).dead;
  }
});

/** A minute before: what was committed then may not have left its stream. */
function earlier(time: string): string {
  return new Date(Date.parse(time) - 60_000).toISOString();
}
