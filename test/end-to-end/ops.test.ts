import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { serviceOf } from '../../local/discover';
import { clientSettings } from '../../local/environment';
import { placeOrder } from '../../local/order-client';
import { waitForRest } from '../../local/rest';
import { readSnapshot } from '../../local/snapshot';
import { describeDeployed, expectInvariants, until, untilOver } from './deployed';
import { setReading } from './functions';
import { envelope, send, subscriptionOf, untilEmpty } from './messages';
import { drain, operate, put, receiveTooOften } from './operator';
import { emitted } from './stored';

const CONSUMER = 'inventory.reserve-stock';

interface Listed {
  readonly queues: readonly {
    readonly name: string;
    readonly total: number;
    readonly reasons: readonly { readonly reason: string; readonly letters: number }[];
  }[];
}
interface Peeked {
  readonly letters: readonly { readonly reason: string; readonly body: string; readonly correlationId?: string }[];
}
interface Redriven {
  readonly queues: readonly { readonly queue: string; readonly redriven: number }[];
}

describeDeployed("the operators' commands", (deployed) => {
  const place = () =>
    placeOrder(deployed().url, { customerId: 'ada', lines: [{ sku: 'teapot', quantity: 1 }] }, randomUUID());
  const ops = <Json>(...argv: string[]) => operate<Json>(deployed(), ...argv);
  const queueOf = (consumer: string) => subscriptionOf(deployed(), consumer);
  const poison = async (count: number, mark: string) => {
    const bodies = Array.from({ length: count }, (_, index) => `not JSON ${mark} ${index}`);
    await send(deployed(), queueOf(CONSUMER).queue, bodies);
  };
  /** How many letters of each reason a queue has. */
  const reasons = async (queue: string) => {
    const { json } = await ops<Listed>('dlq', 'list', '--consumer', queue);
    return Object.fromEntries(
      json.queues.flatMap((one) => one.reasons).map(({ reason, letters }) => [reason, letters]),
    );
  };
  const untilDead = (queue: string, expected: Record<string, number>) =>
    until(`${queue} has ${JSON.stringify(expected)}`, async () => {
      const found = await reasons(queue);
      return Object.entries(expected).every(([reason, letters]) => found[reason] === letters);
    });
  /** An order that is over, and the event with which its stock was reserved. */
  const settledOrder = async () => {
    const orderId = await place();
    await untilOver(deployed(), orderId);
    const [created] = await emitted(deployed(), 'orders', 'OrderCreated', orderId);
    if (created === undefined) throw new Error(`Order ${orderId} has no OrderCreated.`);
    return { orderId, created };
  };
  /** All that could have changed by doing something twice. */
  const stored = async () => {
    await waitForRest(deployed().deployment);
    const { stock, payments, shipments, reservations, orders } = await readSnapshot(deployed().deployment);
    const states = orders.map(({ orderId, status, facts }) => [orderId, status, Object.keys(facts).sort()]);
    const byText = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).sort();
    return [stock, payments, shipments, reservations, states].map(byText);
  };

  beforeEach(async () => {
    await ops('dlq', 'purge', '--yes');
  });
  afterAll(async () => {
    await ops('dlq', 'purge', '--yes');
    await expectInvariants(deployed());
  });

  it('show what every queue holds', async () => {
    const { json } = await ops<{ queues: { name: string; waiting?: number; dead: number }[] }>('queues');
    const names = json.queues.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([CONSUMER, 'orders.relay', 'broker']));
    expect(json.queues.every(({ dead }) => dead === 0)).toBe(true);
    expect(json.queues.find(({ name }) => name === CONSUMER)?.waiting).toEqual(expect.any(Number));
  });

  it('tell the shapes of dead letters apart, and redrive each its way, without a second effect', async () => {
    const { created } = await settledOrder();
    const { queue, deadLetterQueue } = queueOf(CONSUMER);
    const relay = serviceOf(deployed().deployment, 'orders').relay.deadLetterQueue;
    const before = await stored();

    await poison(2, randomUUID());
    await untilDead(CONSUMER, { 'not-json': 2 });
    await setReading(deployed(), [CONSUMER], false);
    try {
      await until('the consumer has stopped', async () => {
        await put(deployed(), queue, envelope(created));
        await receiveTooOften(deployed(), queue);
        return ((await reasons(CONSUMER))['received-too-often'] ?? 0) > 0;
      });
    } finally {
      await setReading(deployed(), [CONSUMER], true);
    }
    const moved = (await reasons(CONSUMER))['received-too-often'] ?? 0;
    await put(deployed(), deadLetterQueue, envelope(created), { ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'no' });
    await put(deployed(), relay, envelope(created), { reason: 'refused-by-bus', recordId: 'orders.advance-order#1' });
    await put(deployed(), relay, JSON.stringify({ DDBStreamBatchInfo: { batchSize: 3 } }));
    await publishUnknown();
    await untilDead('broker', { unrouted: 1 });

    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 2, 'received-too-often': moved, undelivered: 1 });
    expect(await reasons('orders.relay')).toEqual({ 'refused-by-bus': 1, 'stream-batch': 1 });

    const { json, failure } = await ops<Redriven>('dlq', 'redrive');
    const counts = Object.fromEntries(json.queues.map(({ queue: name, redriven }) => [name, redriven]));
    expect(counts).toEqual({ [CONSUMER]: moved + 3, 'orders.relay': 1, broker: 1 });
    expect(failure).toBe('1 dead letter cannot be redriven.');

    // What cannot be processed comes back, and what nobody knows; the note of a batch has stayed.
    await untilDead(CONSUMER, { 'not-json': 2 });
    await untilDead('broker', { unrouted: 1 });
    await untilEmpty(deployed(), queue);
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 2 });
    expect(await reasons('orders.relay')).toEqual({ 'stream-batch': 1 });
    expect(await stored()).toEqual(before);
  });

  it('show dead letters as often as one likes', async () => {
    const mark = randomUUID();
    // More than SQS hands out at once.
    await poison(6, mark);
    await poison(6, mark);
    await untilDead(CONSUMER, { 'not-json': 12 });
    const peek = async (limit: string) =>
      (await ops<Peeked>('dlq', 'peek', '--consumer', CONSUMER, '--limit', limit)).json.letters;
    const first = await peek('100');
    const second = await peek('100');
    expect(first.map(({ body }) => body).sort()).toEqual(second.map(({ body }) => body).sort());
    expect(first).toHaveLength(12);
    expect(first[0]).toMatchObject({ reason: 'not-json', body: expect.stringContaining(mark) });
    expect(await peek('5')).toHaveLength(5);
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 12 });
  });

  it('redrive and purge exactly what a filter lets pass', async () => {
    const correlationId = `бестелла-${randomUUID()}`;
    const { created } = await settledOrder();
    const { metadata, data } = created.detail;
    const newer = {
      ...created,
      detail: { data, metadata: { ...metadata, id: randomUUID(), version: 99, correlationId } },
    };
    await poison(3, randomUUID());
    await send(deployed(), queueOf(CONSUMER).queue, [envelope(newer)]);
    await untilDead(CONSUMER, { 'not-json': 3, 'unknown-version': 1 });
    const deadBefore = new Date().toISOString();

    const meant = ['--consumer', CONSUMER, '--correlation-id', correlationId, '--contract', 'OrderCreated'];
    expect((await ops<Peeked>('dlq', 'peek', ...meant)).json.letters).toMatchObject([{ correlationId }]);
    const dry = await ops<Redriven>('dlq', 'redrive', ...meant, '--dry-run');
    expect(dry.json).toMatchObject({ dryRun: true, queues: [{ queue: CONSUMER, redriven: 1 }] });
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 3, 'unknown-version': 1 });

    await setReading(deployed(), [CONSUMER], false);
    try {
      const { json } = await ops<Redriven>('dlq', 'redrive', ...meant);
      expect(json.queues).toMatchObject([{ queue: CONSUMER, redriven: 1 }]);
      expect(await reasons(CONSUMER)).toMatchObject({ 'not-json': 3 });
    } finally {
      await setReading(deployed(), [CONSUMER], true);
    }
    // The consumer parks it again.
    await untilDead(CONSUMER, { 'not-json': 3, 'unknown-version': 1 });

    const since = ['--consumer', CONSUMER, '--since', deadBefore];
    expect((await ops('dlq', 'purge', ...since, '--dry-run')).json).toMatchObject({ queues: [{ letters: 1 }] });
    expect((await ops('dlq', 'purge', ...since, '--yes')).json).toMatchObject({ queues: [{ letters: 1 }] });
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 3 });
    await ops('dlq', 'purge', '--reason', 'expired', '--yes');
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 3 });
    await ops('dlq', 'purge', '--reason', 'not-json', '--consumer', 'inventory', '--yes');
    expect(await reasons(CONSUMER)).toEqual({});
  });

  it('leave the attributes of parking behind', async () => {
    const { queue, deadLetterQueue } = queueOf(CONSUMER);
    await setReading(deployed(), [CONSUMER], false);
    try {
      const body = `not JSON ${randomUUID()}`;
      const found = await until('the consumer has stopped', async () => {
        await put(deployed(), deadLetterQueue, body, { reason: 'rejected', error: 'no', attemptsBefore: '7' });
        await ops('dlq', 'redrive', '--consumer', CONSUMER);
        return (await drain(deployed(), queue)).find(({ Body }) => Body === body);
      });
      expect(found.MessageAttributes ?? {}).toEqual({});
    } finally {
      await setReading(deployed(), [CONSUMER], true);
    }
  });

  it('redrive while traffic flows, several times at once, without a double effect', async () => {
    const { queue, deadLetterQueue } = queueOf(CONSUMER);
    await setReading(deployed(), [CONSUMER], false);
    let dead: string[];
    let parked = 0;
    try {
      dead = await Promise.all(Array.from({ length: 15 }, place));
      await until('their events are dead', async () => {
        for (const { Body = '' } of await drain(deployed(), queue)) {
          await put(deployed(), deadLetterQueue, Body, { reason: 'attempts-exhausted', error: 'down' });
          parked++;
        }
        return parked >= dead.length;
      });
    } finally {
      await setReading(deployed(), [CONSUMER], true);
    }
    const alive = Promise.all(Array.from({ length: 15 }, place));
    await Promise.all([ops('dlq', 'redrive', '--consumer', CONSUMER, '--rate', '20'), ops('dlq', 'redrive')]);
    await ops('dlq', 'redrive');
    for (const orderId of [...dead, ...(await alive)]) {
      expect((await untilOver(deployed(), orderId)).status).toBe('completed');
    }
    await expectInvariants(deployed());
    expect(await reasons(CONSUMER)).toEqual({});
  });

  it('publish the outbox again without an effect', async () => {
    await settledOrder();
    const before = await stored();
    const { json } = await ops<{ events: { contract: string; emitted: number; published: number }[] }>(
      ...['outbox', '--republish', '--since', '1h', '--rate', '1000'],
    );
    expect(json.events.map(({ contract }) => contract)).toEqual(
      expect.arrayContaining(['checkout.OrderPlaced', 'orders.OrderCreated', 'orders.OrderDue']),
    );
    expect(json.events.every(({ emitted: all, published }) => all === published)).toBe(true);
    await untilEmpty(deployed(), queueOf('orders.advance-order').queue);
    expect(await stored()).toEqual(before);
  });

  it('replay the archive without an effect', async () => {
    await settledOrder();
    const before = await stored();
    const window = ['--from', '5m', '--to', '0s'];
    const choice = ['--event', 'OrderCreated', '--to-subscriber', CONSUMER];
    expect((await ops('replay', ...window, ...choice, '--dry-run')).json).toMatchObject({
      dryRun: true,
      rules: [{ subscriber: CONSUMER, contracts: ['orders.OrderCreated'] }],
    });
    expect((await ops('replay', ...window)).json).toMatchObject({ state: 'COMPLETED', rules: 'all' });
    await untilEmpty(deployed(), queueOf('orders.advance-order').queue);
    expect(await stored()).toEqual(before);
  });

  it('find an order whose event was lost, and resume it', async () => {
    const away = [CONSUMER, 'orders.check-order'];
    await setReading(deployed(), away, false);
    let orderId = '';
    const overdue = async () =>
      (await ops<{ orders: { orderId: string; status: string; waitingFor: string[] }[] }>('orders', '--overdue')).json
        .orders;
    try {
      orderId = await place();
      await until('its event is lost', async () =>
        (await drain(deployed(), queueOf(CONSUMER).queue)).some(({ Body }) => Body?.includes(orderId)),
      );
      const found = await until('it is overdue', async () => (await overdue()).find((one) => one.orderId === orderId));
      expect(found).toMatchObject({ status: 'created', waitingFor: ['StockReserved or StockRejected'] });
      // Its reminder is lost, too: nobody but us will look after it.
      await drain(deployed(), queueOf('orders.check-order').queue);
    } finally {
      await setReading(deployed(), away, true);
    }
    expect((await ops('orders', '--resume', '--overdue', '--dry-run')).json).toMatchObject({ resumed: [orderId] });
    expect((await overdue()).map((one) => one.orderId)).toEqual([orderId]);
    expect((await ops('orders', '--resume', orderId)).json).toMatchObject({ resumed: [orderId] });
    expect((await untilOver(deployed(), orderId)).status).toBe('completed');
    expect(await overdue()).toEqual([]);
    expect((await ops('orders', 'show', orderId)).json).toMatchObject({
      orders: [{ status: 'completed', ended: true }],
    });
  });

  it('end as a shell expects, with results on standard output and all else beside it', async () => {
    const good = await shell('queues', '--json');
    expect(good).toMatchObject({ code: 0, stderr: expect.stringContaining('Stage local at') });
    expect(JSON.parse(good.stdout)).toMatchObject({ queues: expect.any(Array) });
    expect(await shell('fly')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('no command') });
    await poison(1, randomUUID());
    await untilDead(CONSUMER, { 'not-json': 1 });
    const refused = await shell('dlq', 'purge');
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('--yes is needed') });
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 1 });
  });

  /** Puts an event that no contract describes on the bus. */
  async function publishUnknown(): Promise<void> {
    const { endpoint, broker } = deployed().deployment;
    const client = new EventBridgeClient(clientSettings(endpoint));
    const entry = { EventBusName: broker.bus.name, Source: 'mystery', DetailType: 'Nobody', Detail: '{"a":1}' };
    await client.send(new PutEventsCommand({ Entries: [entry] }));
    client.destroy();
  }

  /** Runs a command as a person would. */
  async function shell(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const root = path.resolve(__dirname, '..', '..');
    const env = { ...process.env, AWS_ENDPOINT_URL: deployed().deployment.endpoint };
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', 'ops/main.ts', ...argv], { cwd: root, env });
    run.child.stdin?.end();
    return run.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    );
  }
});
