import * as contracts from '../../../../contracts';
import { handler as advanceOrder } from '../../../../lambdas/orders/advance-order';
import { handler as checkOrder } from '../../../../lambdas/orders/check-order';
import type { Order } from '../../../../lambdas/orders/order';
import {
  type Arrival,
  cancellationReason,
  type Fact,
  isContradictory,
  orderProcess,
} from '../../../../lambdas/orders/order-process';
import type { OutgoingEvent } from '../../../../lambdas/runtime/events/envelope';
import { transitionsOf } from '../../../../lambdas/runtime/process/draw';
import { eventOf, HandlerWorld } from '../../../../test/support/handler-world';
import { permutations, withDuplicates } from '../../../../test/support/permutations';

const orderId = 'order-1';
const money = { amount: 2_400, currency: 'EUR' };
const lines = [{ sku: 'teapot', quantity: 1 }];

/** The arrivals of each path. Its end and decisions are the same in every order of arrival. */
const paths: Record<string, { arrivals: Arrival[]; end: string; decisions: Fact[] }> = {
  completed: {
    arrivals: ['OrderPlaced', 'StockReserved', 'PaymentCompleted', 'ShipmentDispatched', 'ShipmentDelivered'],
    end: 'completed',
    decisions: ['OrderCreated', 'OrderConfirmed', 'OrderCompleted'],
  },
  'out of stock, paid and refunded': {
    arrivals: ['OrderPlaced', 'StockRejected', 'PaymentCompleted', 'PaymentRefunded'],
    end: 'cancelled',
    decisions: ['OrderCreated', 'OrderCancelled'],
  },
  'out of stock, never paid': {
    arrivals: ['OrderPlaced', 'StockRejected', 'PaymentFailed'],
    end: 'cancelled',
    decisions: ['OrderCreated', 'OrderCancelled'],
  },
  'declined, reserved and released': {
    arrivals: ['OrderPlaced', 'StockReserved', 'PaymentFailed', 'StockReleased'],
    end: 'cancelled',
    decisions: ['OrderCreated', 'OrderCancelled'],
  },
};

const events: Record<Exclude<Arrival, 'PaymentOverdue'>, OutgoingEvent> = {
  OrderPlaced: eventOf(contracts.OrderPlaced, { orderId, customerId: 'ada', lines, total: money }),
  StockReserved: eventOf(contracts.StockReserved, { orderId }),
  StockRejected: eventOf(contracts.StockRejected, { orderId, reason: 'out-of-stock' }),
  StockReleased: eventOf(contracts.StockReleased, { orderId }),
  PaymentCompleted: eventOf(contracts.PaymentCompleted, { orderId, amount: money }),
  PaymentFailed: eventOf(contracts.PaymentFailed, { orderId, reason: 'declined' }),
  PaymentRefunded: eventOf(contracts.PaymentRefunded, { orderId, amount: money }),
  ShipmentDispatched: eventOf(contracts.ShipmentDispatched, { orderId, shipmentId: 'parcel' }),
  ShipmentDelivered: eventOf(contracts.ShipmentDelivered, { orderId, shipmentId: 'parcel' }),
};

describe('the order process', () => {
  let tried = 0;
  afterAll(() => console.log(`${tried} permutations of the order process converge.`));

  const created: Fact[] = ['OrderPlaced', 'OrderCreated'];
  const stock = { for: ['StockReserved', 'StockRejected'], from: ['OrderCreated'] };
  const payment = { for: ['PaymentCompleted', 'PaymentFailed'], from: ['OrderCreated'] };
  const release = { for: ['StockRejected', 'StockReleased'], from: ['OrderCreated', 'OrderCancelled'] };
  const refund = { for: ['PaymentFailed', 'PaymentRefunded'], from: ['OrderCreated', 'OrderCancelled'] };
  test.each<[Fact[], object[]]>([
    [created, [stock, payment]],
    [[...created, 'StockReserved'], [payment]],
    [[...created, 'StockRejected'], [payment]],
    [[...created, 'PaymentFailed'], [stock]],
    [
      [...created, 'OrderCancelled'],
      [release, refund],
    ],
    [[...created, 'OrderConfirmed'], [{ for: ['ShipmentDispatched'], from: ['OrderConfirmed'] }]],
    [[...created, 'OrderConfirmed', 'ShipmentDispatched'], [{ for: ['ShipmentDelivered'], from: ['OrderConfirmed'] }]],
  ])('waits after %j for answers to decisions that can be published again', (facts, waits) => {
    expect(orderProcess.waitingFor(new Set(facts))).toEqual(waits);
  });

  test.each<[Fact[], string, boolean]>([
    [['StockRejected', 'PaymentFailed'], 'out-of-stock', false],
    [['PaymentFailed'], 'payment-declined', false],
    [['PaymentOverdue', 'OrderCancelled'], 'payment-overdue', false],
    [['OrderCancelled', 'ShipmentDispatched'], 'payment-overdue', true],
    [['OrderCancelled', 'ShipmentDelivered'], 'payment-overdue', true],
    [['ShipmentDispatched', 'ShipmentDelivered'], 'payment-overdue', false],
  ])('is cancelled with %j because of %s, and contradicts a shipment: %j', (facts, reason, contradicts) => {
    expect([cancellationReason(new Set(facts)), isContradictory(new Set(facts))]).toEqual([reason, contradicts]);
  });

  test('begins with OrderPlaced, which creates the order, if no event overtakes another', () => {
    for (const { arrival, before } of transitionsOf(orderProcess)) {
      expect([arrival, before.has('OrderCreated')]).toEqual([arrival, arrival !== 'OrderPlaced']);
    }
  });

  test.each(Object.entries(paths))('ends the same way in every order of arrival: %s', (_name, path) => {
    for (const arrived of withDuplicates(path.arrivals).flatMap((list) => [...permutations(list)])) {
      const known = new Set<Fact>();
      const taken: Fact[] = [];
      for (const arrival of arrived) {
        known.add(arrival);
        for (const decision of orderProcess.decide(known)) {
          known.add(decision);
          taken.push(decision);
        }
      }
      tried++;
      if (orderProcess.status(known) !== path.end || [...taken].sort().join() !== [...path.decisions].sort().join()) {
        throw new Error(`${arrived.join(', ')} ends as ${orderProcess.status(known)} after ${taken.join(', ')}.`);
      }
    }
    expect(tried).toBeGreaterThan(0);
  });

  test.each(Object.entries(paths))(
    'publishes each decision once, whatever arrives twice or late: %s',
    async (_name, path) => {
      for (const arrived of withOneDuplicate(path.arrivals)) {
        const world = new HandlerWorld();
        for (const arrival of arrived) await deliver(world, arrival);
        await deliverReminders(world);
        tried++;
        const [order] = world.store.items<Order>('orders');
        const taken = decisionsOf(world);
        if (order?.status !== path.end || !order.ended || taken.join() !== [...path.decisions].sort().join()) {
          throw new Error(`${arrived.join(', ')} ends as ${order?.status} after ${taken.join(', ')}.`);
        }
        expect(world.parked).toEqual([]);
      }
    },
    60_000,
  );

  test('cancels an order that is not paid in time, in every order of later arrivals', async () => {
    const after: Arrival[] = ['StockReserved', 'PaymentCompleted', 'StockReleased', 'PaymentRefunded'];
    for (const arrived of withOneDuplicate(after)) {
      const world = new HandlerWorld();
      await deliver(world, 'OrderPlaced');
      world.wait(16 * 60);
      await deliverReminders(world);
      for (const arrival of arrived) await deliver(world, arrival);
      await deliverReminders(world);
      tried++;
      const [order] = world.store.items<Order>('orders');
      expect([order?.status, decisionsOf(world)]).toEqual(['cancelled', ['OrderCancelled', 'OrderCreated']]);
    }
  }, 60_000);
});

function* withOneDuplicate(arrivals: readonly Arrival[]): Generator<Arrival[]> {
  yield* permutations(arrivals);
  for (const twice of arrivals) yield* permutations([...arrivals, twice]);
}

async function deliver(world: HandlerWorld, arrival: Arrival): Promise<void> {
  if (arrival === 'PaymentOverdue') throw new Error('PaymentOverdue is not an event. Deliver a reminder instead.');
  await world.deliver(advanceOrder, events[arrival]);
}

/** Delivers every reminder that was scheduled so far, twice. */
async function deliverReminders(world: HandlerWorld): Promise<void> {
  for (const reminder of world.published().filter(({ channel }) => channel === 'reminder')) {
    for (let copy = 0; copy < 2; copy++) await world.deliver(checkOrder, reminder);
  }
}

/** Returns the published decisions, without repetitions. */
function decisionsOf(world: HandlerWorld): string[] {
  const decisions = world.published().filter(({ channel }) => channel !== 'reminder');
  return [...new Map(decisions.map(({ name, detail }) => [detail.metadata.id, name])).values()].sort();
}
