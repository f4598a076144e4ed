import { randomUUID } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { serviceOf } from '../../../deployed/discover';
import { describeDeployed, expectInvariants, until, untilOver } from './deployed';
import { whileStopped } from './functions';
import { envelope, send, untilEmpty } from './messages';
import { CONSUMER, drain, operatorOf, put, receiveTooOften } from './operator';

interface Peeked {
  readonly deadLetters: readonly { readonly reason: string; readonly body: string; readonly correlationId?: string }[];
}
interface Redriven {
  readonly queues: readonly { readonly queue: string; readonly redriven: number }[];
}

describeDeployed("the operators' commands for dead letters", (deployed) => {
  const { ops, place, queueOf, poison, reasons, untilDead, purge, endedOrder, stored } = operatorOf(deployed);

  beforeEach(purge);
  afterAll(async () => {
    await purge();
    await expectInvariants(deployed());
  });

  it('recognise the kinds of dead letters, and redrive each without a second effect', async () => {
    const { created } = await endedOrder();
    const { queue, deadLetterQueue } = queueOf(CONSUMER);
    const relay = serviceOf(deployed().deployment, 'orders').relay.deadLetterQueue;
    const before = await stored();

    await poison(2, randomUUID());
    await untilDead(CONSUMER, { 'not-json': 2 });
    await whileStopped(deployed(), [CONSUMER], () =>
      until('the consumer has stopped', async () => {
        await put(deployed(), queue, envelope(created));
        await receiveTooOften(deployed(), queue);
        return ((await reasons(CONSUMER))['received-too-often'] ?? 0) > 0;
      }),
    );
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

    // Unprocessable and unknown messages are parked again. The record of a lost batch stays.
    await untilDead(CONSUMER, { 'not-json': 2 });
    await untilDead('broker', { unrouted: 1 });
    await untilEmpty(deployed(), queue);
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 2 });
    expect(await reasons('orders.relay')).toEqual({ 'stream-batch': 1 });
    expect(await stored()).toEqual(before);
  });

  it('show dead letters repeatedly without hiding them', async () => {
    const mark = randomUUID();
    // More than one receive of SQS returns.
    await poison(6, mark);
    await poison(6, mark);
    await untilDead(CONSUMER, { 'not-json': 12 });
    const peek = async (limit: string) =>
      (await ops<Peeked>('dlq', 'peek', '--consumer', CONSUMER, '--limit', limit)).json.deadLetters;
    const first = await peek('100');
    const second = await peek('100');
    expect(first.map(({ body }) => body).sort()).toEqual(second.map(({ body }) => body).sort());
    expect(first).toHaveLength(12);
    expect(first[0]).toMatchObject({ reason: 'not-json', body: expect.stringContaining(mark) });
    expect(await peek('5')).toHaveLength(5);
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 12 });
  });

  it('redrive and purge exactly the messages that match a filter', async () => {
    const correlationId = `бестелла-${randomUUID()}`;
    const { created } = await endedOrder();
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
    expect((await ops<Peeked>('dlq', 'peek', ...meant)).json.deadLetters).toMatchObject([{ correlationId }]);
    const dry = await ops<Redriven>('dlq', 'redrive', ...meant, '--dry-run');
    expect(dry.json).toMatchObject({ dryRun: true, queues: [{ queue: CONSUMER, redriven: 1 }] });
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 3, 'unknown-version': 1 });

    await whileStopped(deployed(), [CONSUMER], async () => {
      const { json } = await ops<Redriven>('dlq', 'redrive', ...meant);
      expect(json.queues).toMatchObject([{ queue: CONSUMER, redriven: 1 }]);
      expect(await reasons(CONSUMER)).toMatchObject({ 'not-json': 3 });
    });
    // The consumer parks it again.
    await untilDead(CONSUMER, { 'not-json': 3, 'unknown-version': 1 });

    const since = ['--consumer', CONSUMER, '--since', deadBefore];
    expect((await ops('dlq', 'purge', ...since, '--dry-run')).json).toMatchObject({ queues: [{ count: 1 }] });
    expect((await ops('dlq', 'purge', ...since, '--yes')).json).toMatchObject({ queues: [{ count: 1 }] });
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 3 });
    await ops('dlq', 'purge', '--reason', 'expired', '--yes');
    expect(await reasons(CONSUMER)).toEqual({ 'not-json': 3 });
    await ops('dlq', 'purge', '--reason', 'not-json', '--consumer', 'inventory', '--yes');
    expect(await reasons(CONSUMER)).toEqual({});
  });

  it('remove the attributes of parking', async () => {
    const { queue, deadLetterQueue } = queueOf(CONSUMER);
    const body = `not JSON ${randomUUID()}`;
    const found = await whileStopped(deployed(), [CONSUMER], () =>
      until('the consumer has stopped', async () => {
        await put(deployed(), deadLetterQueue, body, { reason: 'rejected', error: 'no', attemptsBefore: '7' });
        await ops('dlq', 'redrive', '--consumer', CONSUMER);
        return (await drain(deployed(), queue)).find(({ Body }) => Body === body);
      }),
    );
    expect(found.MessageAttributes ?? {}).toEqual({});
  });

  it('redrive during traffic, several times at once, without a second effect', async () => {
    const { queue, deadLetterQueue } = queueOf(CONSUMER);
    const dead = await whileStopped(deployed(), [CONSUMER], async () => {
      const placed = await Promise.all(Array.from({ length: 15 }, place));
      const waiting = new Set(placed);
      await until('their events are dead', async () => {
        for (const { Body = '' } of await drain(deployed(), queue)) {
          await put(deployed(), deadLetterQueue, Body, { reason: 'attempts-exhausted', error: 'down' });
          for (const orderId of waiting) if (Body.includes(orderId)) waiting.delete(orderId);
        }
        return waiting.size === 0;
      });
      return placed;
    });
    const alive = Promise.all(Array.from({ length: 15 }, place));
    await Promise.all([ops('dlq', 'redrive', '--consumer', CONSUMER, '--rate', '20'), ops('dlq', 'redrive')]);
    await ops('dlq', 'redrive');
    for (const orderId of [...dead, ...(await alive)]) {
      expect((await untilOver(deployed(), orderId)).status).toBe('completed');
    }
    await expectInvariants(deployed());
    expect(await reasons(CONSUMER)).toEqual({});
  });

  /** Publishes an event without a contract on the bus. */
  async function publishUnknown(): Promise<void> {
    const { clients, broker } = deployed().deployment;
    const client = clients.of(EventBridgeClient);
    const entry = { EventBusName: broker.bus.name, Source: 'mystery', DetailType: 'Nobody', Detail: '{"a":1}' };
    await client.send(new PutEventsCommand({ Entries: [entry] }));
  }
});
