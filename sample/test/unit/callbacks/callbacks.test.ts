import { webhookId } from '../../../../lambdas/callbacks/deliver-callback';
import type { WebhookResult } from '../../../../lambdas/runtime/webhooks/webhook';
import { CallbackWorld, cancelled, completed, confirmed, delayed, orderId } from './callback-world';

const delivered: WebhookResult = { kind: 'delivered' };
const failed: WebhookResult = { kind: 'failed', problem: 'HTTP 500' };
const always = (result: WebhookResult) => () => result;

describe('the callbacks of an order', () => {
  it('contain the type, time and data of the event', async () => {
    const world = new CallbackWorld();
    await world.run(cancelled);
    expect(world.sent).toEqual([
      {
        id: webhookId(orderId, 'order.cancelled'),
        url: 'https://example.com/hook',
        type: 'order.cancelled',
        timestamp: '2026-01-01T00:01:00.000Z',
        data: { orderId, reason: 'out-of-stock' },
      },
    ]);
    expect(world.results).toEqual(['CallbackDelivered order.cancelled 1']);
  });

  it('are sent in order of occurrence', async () => {
    const world = new CallbackWorld();
    await world.run(confirmed, completed);
    expect(world.types).toEqual(['order.confirmed', 'order.completed']);
  });

  it('are sent in order of occurrence when they are requested in another', async () => {
    const world = new CallbackWorld();
    await world.run(completed, confirmed);
    expect(world.types).toEqual(['order.confirmed', 'order.completed']);
  });

  it('wait at most a minute for a preceding event that is late', async () => {
    const world = new CallbackWorld();
    const begun = world.now.getTime();
    await world.run(completed);
    expect(world.types).toEqual(['order.completed']);
    expect(world.now.getTime() - begun).toBe(60_000);
    await world.run(confirmed);
    expect(world.types).toEqual(['order.completed', 'order.confirmed']);
  });

  it('do not wait for an earlier callback that has failed', async () => {
    const world = new CallbackWorld((type, attempt) =>
      type === 'order.confirmed' && attempt < 3 ? failed : delivered,
    );
    await world.run(confirmed, completed);
    expect(world.types).toEqual(['order.confirmed', 'order.completed', 'order.confirmed', 'order.confirmed']);
    expect(world.results).toEqual(['CallbackDelivered order.completed 1', 'CallbackDelivered order.confirmed 3']);
  });
});

describe('the callback for a delayed payment', () => {
  const type = 'order.payment-delayed';
  const status = ({ state }: CallbackWorld) => state?.byType[type]?.status;

  it('is sent first, with the time of the delay', async () => {
    const world = new CallbackWorld();
    await world.run(delayed);
    await world.run(confirmed, completed);
    expect(world.types).toEqual([type, 'order.confirmed', 'order.completed']);
    expect(world.sent[0]).toMatchObject({ timestamp: '2026-01-01T00:00:30.000Z', data: { orderId } });
  });

  it.each([
    ['before the delay', [cancelled, delayed]],
    ['before the callback is sent', [delayed, cancelled]],
  ])('is not sent when the outcome arrives %s, and blocks no other callback', async (_, events) => {
    const world = new CallbackWorld();
    const begun = world.now;
    await world.run(...events);
    expect([world.types, world.results]).toEqual([['order.cancelled'], ['CallbackDelivered order.cancelled 1']]);
    expect([status(world), world.now]).toEqual(['outdated', begun]);
  });

  it('is not retried after the outcome has arrived', async () => {
    const world = new CallbackWorld((of) => (of === type ? failed : delivered));
    world.whileSending = async () => {
      world.whileSending = async () => {};
      await world.take(confirmed);
    };
    await world.run(delayed);
    expect([world.types, status(world)]).toEqual([[type, 'order.confirmed'], 'outdated']);
    expect(world.results).toEqual(['CallbackDelivered order.confirmed 1']);
  });

  it('is delivered when the outcome arrives while it is being sent', async () => {
    const world = new CallbackWorld();
    world.whileSending = async () => {
      world.whileSending = async () => {};
      await world.take(confirmed);
    };
    await world.run(delayed);
    expect(world.types).toEqual([type, 'order.confirmed']);
    expect(world.results).toEqual([`CallbackDelivered ${type} 1`, 'CallbackDelivered order.confirmed 1']);
  });
});

describe('a callback', () => {
  it('is attempted ten times on schedule with the same id, then published as failed', async () => {
    const world = new CallbackWorld(always(failed));
    const times: number[] = [];
    world.whileSending = async () => times.push((world.now.getTime() - Date.parse('2026-01-01T00:00:00Z')) / 1_000);
    await world.run(cancelled);
    const waits = times.map((time, index) => time - (times[index - 1] ?? 0));
    expect(waits).toEqual([0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    expect(new Set(world.sent.map(({ id }) => id)).size).toBe(1);
    expect(world.results).toEqual(['CallbackFailed order.cancelled 10 attempts-exhausted']);
  });

  it("is retried after the receiver's Retry-After", async () => {
    const busy: WebhookResult = { kind: 'failed', problem: 'HTTP 503', retryAfter: 90_000 };
    const world = new CallbackWorld((_, attempt) => (attempt === 1 ? busy : delivered));
    await world.run(cancelled);
    expect(world.now.toISOString()).toBe('2026-01-01T00:01:30.000Z');
  });

  it('fails with all other callbacks of the order when the receiver answers 410', async () => {
    const world = new CallbackWorld(always({ kind: 'gone' }));
    await world.run(confirmed);
    await world.run(completed);
    expect(world.types).toEqual(['order.confirmed']);
    expect(world.results).toEqual(['CallbackFailed order.confirmed 1 gone', 'CallbackFailed order.completed 0 gone']);
  });

  it('fails when the receiver answers 410 to the callback that it waited for', async () => {
    const world = new CallbackWorld(always({ kind: 'gone' }));
    await world.run(delayed);
    await world.run(confirmed, completed);
    expect(world.results).toEqual([
      'CallbackFailed order.payment-delayed 1 gone',
      'CallbackFailed order.confirmed 0 gone',
      'CallbackFailed order.completed 0 gone',
    ]);
  });

  it('fails at once when its address is not allowed, without affecting the next one', async () => {
    const refused: WebhookResult = { kind: 'refused', problem: 'must have a public address' };
    const world = new CallbackWorld((type) => (type === 'order.confirmed' ? refused : delivered));
    await world.run(confirmed, completed);
    expect(world.results).toEqual([
      'CallbackFailed order.confirmed 1 address-refused',
      'CallbackDelivered order.completed 1',
    ]);
  });

  it('is sent once when another event of the order arrives meanwhile', async () => {
    const world = new CallbackWorld();
    world.whileSending = async () => {
      world.whileSending = async () => {};
      await world.take(completed);
    };
    await world.run(confirmed);
    expect(world.types).toEqual(['order.confirmed', 'order.completed']);
    expect(world.results).toEqual(['CallbackDelivered order.confirmed 1', 'CallbackDelivered order.completed 1']);
  });

  it('stores the problem of its last attempt for operators', async () => {
    const world = new CallbackWorld(always(failed));
    await world.run(cancelled);
    expect(world.state?.byType['order.cancelled']).toMatchObject({ status: 'failed', problem: 'HTTP 500' });
  });
});

describe('a reminder', () => {
  it('sends nothing when it is delivered again', async () => {
    const world = new CallbackWorld((_, attempt) => (attempt < 4 ? failed : delivered));
    await world.run(cancelled);
    const { sent } = world;
    expect(sent).toHaveLength(4);
    for (const reminder of world.reminders()) {
      await world.take(reminder);
      // A copy with another id passes the idempotency table.
      const metadata = { ...reminder.detail.metadata, id: `${reminder.detail.metadata.id}-again` };
      await world.take({ ...reminder, detail: { ...reminder.detail, metadata } });
    }
    expect(sent).toHaveLength(4);
    expect(world.results).toEqual(['CallbackDelivered order.cancelled 4']);
  });

  it('does not advance the next attempt when it is repeated', async () => {
    const world = new CallbackWorld(always(failed));
    await world.take(cancelled);
    const [first] = world.reminders();
    if (!first) throw new Error('There is no reminder.');
    await world.take(first);
    await world.take({ ...first, detail: { ...first.detail, metadata: { ...first.detail.metadata, id: 'a-copy' } } });
    expect(world.sent).toHaveLength(1);
    expect(world.state?.byType['order.cancelled']).toMatchObject({ status: 'sending', attempts: 1 });
  });

  it('publishes one result when it is delivered twice at the same moment', async () => {
    const world = new CallbackWorld();
    await world.take(cancelled);
    const [reminder] = world.reminders();
    if (!reminder) throw new Error('There is no reminder.');
    await Promise.all([world.take(reminder), world.take(reminder)]);
    expect(new Set(world.sent.map(({ id }) => id)).size).toBe(1);
    expect(world.results).toEqual(['CallbackDelivered order.cancelled 1']);
  });
});
