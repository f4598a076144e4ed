import * as contracts from '../../../../contracts';
import { handler as releaseStock } from '../../../../lambdas/inventory/release-stock';
import { reservations, stock } from '../../../../lambdas/inventory/service';
import { handler as advanceOrder } from '../../../../lambdas/orders/advance-order';
import type { Order } from '../../../../lambdas/orders/order';
import { handler as resumeOrder } from '../../../../lambdas/orders/resume-order';
import { collectFrom } from '../../../../lambdas/payments/collect-payment';
import { refundAt } from '../../../../lambdas/payments/refund-payment';
import { handler as requestPayment } from '../../../../lambdas/payments/request-payment';
import { reviewAt } from '../../../../lambdas/payments/review-payment';
import { eventOf, HandlerWorld } from '../../../../test/support/handler-world';
import { Bank } from '../payments/bank';

const orderId = 'order-1';
const amount = { amount: 2_400, currency: 'EUR' };
const lines = [{ sku: 'teapot', quantity: 2 }];

/** A payment whose charge is pending at the provider. */
async function chargedWorld() {
  const world = new HandlerWorld();
  const bank = new Bank();
  const created = { orderId, customerId: 'ada', lines, total: amount };
  await world.deliver(requestPayment, eventOf(contracts.OrderCreated, created));
  await world.deliver(collectFrom(bank), eventOf(contracts.PaymentRequested, { orderId, amount }));
  const review = (id: string) =>
    world.deliver(reviewAt(bank), eventOf(contracts.ChargeLookUpRequested, { orderId }, id));
  const events = () =>
    world
      .published()
      .filter(({ name }) => name.startsWith('Payment'))
      .map(({ name, detail }) => `${name} ${(detail.data as { kind?: string }).kind ?? ''}`.trim());
  return { world, bank, review, events };
}

describe('payments, asked to look a charge up again', () => {
  it('records a charge whose outcome it never heard of', async () => {
    const { bank, review, events } = await chargedWorld();
    bank.complete(orderId, 'succeeded');
    await review('one');
    expect(events()).toEqual(['PaymentRequested', 'PaymentRecorded charge', 'PaymentCompleted']);
  });

  it('publishes a booking again that is not in the book of payments, and nothing else', async () => {
    const { bank, review, events } = await chargedWorld();
    bank.complete(orderId, 'succeeded');
    await review('one');
    const before = events();
    await review('two');
    expect(events()).toEqual([...before, 'PaymentRecorded charge']);
  });

  it('refunds a cancelled order whose refund is missing, once', async () => {
    const { world, bank, review, events } = await chargedWorld();
    await world.deliver(refundAt(bank), eventOf(contracts.OrderCancelled, { orderId, reason: 'out-of-stock' }));
    bank.complete(orderId, 'succeeded');
    await review('one');
    await review('two');
    expect(events().filter((event) => event === 'PaymentRefunded')).toHaveLength(1);
    expect(bank.calls.filter((call) => call.startsWith('refund'))).toHaveLength(1);
  });

  it('publishes a refund again as the provider has made it, not as the charge', async () => {
    const { world, bank, review } = await chargedWorld();
    const part = { amount: 1_000, currency: 'EUR' };
    bank.refund = async (chargeId) => ({ chargeId, amount: part, bookedOn: '2026-01-02' });
    await world.deliver(refundAt(bank), eventOf(contracts.OrderCancelled, { orderId, reason: 'out-of-stock' }));
    bank.complete(orderId, 'succeeded');
    await review('one');
    world.wait(24 * 60 * 60);
    await review('two');
    const refunds = world
      .published()
      .map(({ detail }) => detail.data as { kind?: string })
      .filter(({ kind }) => kind === 'refund');
    expect(refunds).toHaveLength(2);
    expect(refunds[0]).toMatchObject({ amount: part, bookedOn: '2026-01-02' });
    expect(refunds[1]).toEqual(refunds[0]);
  });

  it('does nothing about an order that it does not know', async () => {
    const world = new HandlerWorld();
    await world.deliver(reviewAt(new Bank()), eventOf(contracts.ChargeLookUpRequested, { orderId }));
    expect(world.published()).toEqual([]);
  });
});

describe('orders, asked to resume an order', () => {
  it('publishes again what the order waits for, although it is flagged', async () => {
    const world = new HandlerWorld();
    const placed = { orderId, customerId: 'ada', lines, total: amount };
    await world.deliver(advanceOrder, eventOf(contracts.OrderPlaced, placed));
    const [order] = world.store.items<Order & { due?: string }>('orders');
    const { due: _, ...flagged } = order as Order;
    const ref = { table: 'orders', key: { orderId } };
    await world.store.transact([{ kind: 'put', ref, item: { ...flagged, flagged: true, nudges: 5 }, expected: 1 }]);
    await world.deliver(resumeOrder, eventOf(contracts.OrderResumeRequested, { orderId }));
    const created = world.published().filter(({ name }) => name === 'OrderCreated');
    expect(created).toHaveLength(2);
    expect(created[1]).toEqual(created[0]);
    expect(world.store.items<Order>('orders')).toMatchObject([{ flagged: false, nudges: 1 }]);
  });

  it('does nothing about an order that it does not know', async () => {
    const world = new HandlerWorld();
    await world.deliver(resumeOrder, eventOf(contracts.OrderResumeRequested, { orderId }));
    expect(world.published()).toEqual([]);
  });
});

describe('inventory, asked to release stock', () => {
  it('releases it once, and says so again', async () => {
    const world = new HandlerWorld();
    await world.store.transact([
      { kind: 'create', ref: stock('teapot'), item: { sku: 'teapot', available: 3 } },
      { kind: 'create', ref: reservations(orderId), item: { orderId, status: 'reserved', lines } },
    ]);
    for (const id of ['one', 'two']) {
      await world.deliver(releaseStock, eventOf(contracts.StockReleaseRequested, { orderId }, id));
    }
    expect(world.store.items('stock')).toEqual([{ sku: 'teapot', available: 5 }]);
    expect(world.published().map(({ name }) => name)).toEqual(['StockReleased', 'StockReleased']);
  });
});
