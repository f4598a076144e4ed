import * as contracts from '../../../../contracts';
import { handler as advanceOrder } from '../../../../lambdas/orders/advance-order';
import { handler as checkOrder } from '../../../../lambdas/orders/check-order';
import type { Order } from '../../../../lambdas/orders/order';
import { MAX_NUDGES, patience } from '../../../../lambdas/orders/patience';
import { handler as sweepOverdue } from '../../../../lambdas/orders/sweep-overdue';
import type { OutgoingEvent } from '../../../../lambdas/runtime/events/envelope';
import type { ConsumerRuntime } from '../../../../lambdas/runtime/runtime';
import { eventOf, HandlerWorld } from '../../../../test/support/handler-world';

const { OrderDue } = contracts;
const orderId = 'order-1';
const money = { amount: 2_400, currency: 'EUR' };
const placedAs = (id: string) => {
  const lines = [{ sku: 'teapot', quantity: 1 }];
  return eventOf(contracts.OrderPlaced, { orderId: id, customerId: 'ada', lines, total: money }, `placed ${id}`);
};
const placed = placedAs(orderId);

describe('an order that makes no progress', () => {
  test('is nudged: the event whose answer it waits for is published again with the same id', async () => {
    const world = await begin();
    world.wait(patience.progress);

    await deliverReminders(world);

    const created = world.published().filter(({ name }) => name === 'OrderCreated');
    expect(created).toHaveLength(2);
    expect(created[1]).toEqual(created[0]);
    expect(orderIn(world)).toMatchObject({ status: 'created', nudges: 1, flagged: false });
  });

  test('is not nudged when it has progressed since the reminder was scheduled', async () => {
    const world = await begin();
    world.wait(patience.progress - 1);
    await advance(world, eventOf(contracts.StockReserved, { orderId }));
    world.wait(1);

    await deliverReminders(world);

    expect(world.published().filter(({ name }) => name === 'OrderCreated')).toHaveLength(1);
    expect(orderIn(world)).toMatchObject({ nudges: 0, waitingFor: ['PaymentCompleted or PaymentFailed'] });
    expect(reminders(world)).toHaveLength(2);
  });

  test('is flagged after the last nudge, and not checked again', async () => {
    const world = await begin();
    await advance(world, eventOf(contracts.PaymentCompleted, { orderId, amount: money }));
    for (let nudge = 0; nudge <= MAX_NUDGES; nudge++) {
      world.wait(patience.progress * 2 ** (nudge + 1));
      await deliverReminders(world);
    }
    expect(world.published().filter(({ name }) => name === 'OrderCreated')).toHaveLength(1 + MAX_NUDGES);
    expect(orderIn(world)).toMatchObject({ nudges: MAX_NUDGES, flagged: true });
    expect(orderIn(world)).not.toHaveProperty('due');
  });

  test('is nudged again when an operator resumes it', async () => {
    const world = await begin();
    const resume = eventOf(OrderDue, { orderId, what: 'resume', nudges: 0 });
    await world.deliver(checkOrder, resume);
    expect(world.published().filter(({ name }) => name === 'OrderCreated')).toHaveLength(2);
  });

  test('is nudged once by the sweep when its reminder never arrives', async () => {
    const world = await begin();
    world.wait(patience.progress * 2);
    await sweep(world);
    await sweep(world);
    expect(world.published().filter(({ name }) => name === 'OrderCreated')).toHaveLength(2);
    expect(orderIn(world)).toMatchObject({ nudges: 1 });
  });

  test('is not swept before its reminder had time to arrive, nor after it has ended', async () => {
    const world = await begin();
    world.wait(patience.progress);
    await sweep(world);
    await advance(world, eventOf(contracts.StockRejected, { orderId, reason: 'out-of-stock' }));
    await advance(world, eventOf(contracts.PaymentFailed, { orderId, reason: 'order-cancelled' }));
    world.wait(24 * 60 * 60);
    await sweep(world);
    expect(world.published().filter(({ name }) => name === 'OrderCreated')).toHaveLength(1);
    expect(orderIn(world)).toMatchObject({ status: 'cancelled', ended: true });
  });
});

describe('the sweep', () => {
  test('nudges all other orders when one cannot be nudged, then fails', async () => {
    const world = new HandlerWorld();
    for (const id of ['order-0a', 'order-0b', 'order-1']) await advance(world, placedAs(id));
    world.wait(patience.progress * 2);
    const { store } = world;
    const refuse: ConsumerRuntime = {
      ...world.runtime(),
      store: {
        writeEach: (writes) => store.writeEach(writes),
        load: (refs) => store.load(refs),
        query: (query) => store.query(query),
        transact: async (writes) => {
          if (JSON.stringify(writes).includes('order-0a')) throw new Error('no connection');
          await store.transact(writes);
        },
      },
    };
    await expect(sweepOverdue.run({}, refuse)).rejects.toThrow('no connection');
    const nudges = Object.fromEntries(store.items<Order>('orders').map((one) => [one.orderId, one.nudges]));
    expect(nudges).toEqual({ 'order-0a': 0, 'order-0b': 1, 'order-1': 1 });
  });
});

describe('a cancelled order', () => {
  test('is nudged with its creation too, because a service without the creation cannot answer the cancellation', async () => {
    const world = await begin();
    await advance(world, eventOf(contracts.PaymentFailed, { orderId, reason: 'declined' }));
    world.wait(patience.progress);
    await deliverReminders(world);
    const names = world.published().map(({ name }) => name);
    expect(names.filter((name) => name === 'OrderCreated')).toHaveLength(2);
    expect(names.filter((name) => name === 'OrderCancelled')).toHaveLength(2);
  });
});

describe('an order that is not paid in time', () => {
  test('is cancelled, with the reason', async () => {
    const world = await begin();
    world.wait(patience.paymentWindow);
    await deliverReminders(world);
    const [cancelled] = world.published().filter(({ name }) => name === 'OrderCancelled');
    expect(cancelled?.detail.data).toEqual({ orderId, reason: 'payment-overdue' });
    expect(orderIn(world)).toMatchObject({ status: 'cancelling' });
  });

  test('is checked when its payment window closes, although it was nudged before, and nudged after its cancellation', async () => {
    const world = await begin();
    const end = new Date(world.now.getTime() + patience.paymentWindow * 1_000).toISOString();
    for (let nudge = 0; nudge < 3; nudge++) {
      world.wait(patience.progress * 2 ** nudge);
      await deliverReminders(world);
    }
    expect(orderIn(world)).toMatchObject({ status: 'created', nudges: 3, due: end });
    world.wait((Date.parse(end) - world.now.getTime()) / 1_000);
    await deliverReminders(world);
    expect(orderIn(world)).toMatchObject({ status: 'cancelling', nudges: 0 });
    world.wait(patience.progress);
    await deliverReminders(world);
    expect(world.published().filter(({ name }) => name === 'OrderCancelled')).toHaveLength(2);
    expect(orderIn(world)).toMatchObject({ status: 'cancelling', nudges: 1 });
  });

  test('is checked at the end of the window when it has progressed shortly before', async () => {
    const world = await begin();
    const end = new Date(world.now.getTime() + patience.paymentWindow * 1_000).toISOString();
    world.wait(patience.paymentWindow - 1);
    await advance(world, eventOf(contracts.StockReserved, { orderId }));
    await deliverReminders(world);
    expect(orderIn(world)).toMatchObject({ status: 'created', nudges: 0, due: end });
  });

  test('is not cancelled when the payment arrived before the reminder', async () => {
    const world = await begin();
    await advance(world, eventOf(contracts.PaymentCompleted, { orderId, amount: money }));
    world.wait(patience.paymentWindow);
    await deliverReminders(world);
    expect(orderIn(world)).toMatchObject({ status: 'created' });
  });
});

test('a cancelled order that is delivered is flagged', async () => {
  const world = await begin();
  await advance(world, eventOf(contracts.StockRejected, { orderId, reason: 'out-of-stock' }));
  await advance(world, eventOf(contracts.ShipmentDelivered, { orderId, shipmentId: 'parcel' }));
  expect(orderIn(world)).toMatchObject({ status: 'cancelling', flagged: true });
});

async function begin(): Promise<HandlerWorld> {
  const world = new HandlerWorld();
  await advance(world, placed);
  return world;
}

async function advance(world: HandlerWorld, event: OutgoingEvent): Promise<void> {
  await world.deliver(advanceOrder, event);
}

function reminders(world: HandlerWorld): OutgoingEvent[] {
  return world.published().filter(({ name }) => name === 'OrderDue');
}

/** Delivers every reminder that was scheduled so far. Those delivered before are duplicates. */
async function deliverReminders(world: HandlerWorld): Promise<void> {
  for (const reminder of reminders(world)) {
    await world.deliver(checkOrder, reminder);
  }
}

function sweep(world: HandlerWorld): Promise<void> {
  return world.runScheduled(sweepOverdue);
}

function orderIn(world: HandlerWorld): Order | undefined {
  return world.store.items<Order>('orders')[0];
}
