import { randomUUID } from 'node:crypto';
import { inParallel } from '../../../cli/parallel';
import { type OrderStatus, placeOrder, readOrder } from '../../order-client';
import { readSnapshot } from '../../snapshot';
import { describeDeployed, expectInvariants, untilIdle, untilOver } from './deployed';

const AFFORDABLE = [{ sku: 'teapot', quantity: 2 }];
const SOLD_OUT = [
  { sku: 'teapot', quantity: 1 },
  { sku: 'rare-beans', quantity: 1 },
];
const TOO_EXPENSIVE = [{ sku: 'roaster', quantity: 1 }];
const PLACED_AT_ONCE = 4;

describeDeployed('an order', (deployed) => {
  const place = (lines: typeof AFFORDABLE) => placeOrder(deployed().url, { customerId: 'ada', lines }, randomUUID());

  afterAll(() => expectInvariants(deployed()));

  it('is accepted at once, with its location and Retry-After', async () => {
    const { url } = deployed();
    const response = await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ customerId: 'ada', lines: AFFORDABLE }),
    });
    expect(response.status).toBe(202);
    const body = (await response.json()) as { orderId: string; status: string };
    expect(body).toEqual({
      orderId: expect.any(String),
      status: 'accepted',
      total: { amount: 6_900, currency: 'EUR' },
    });
    expect(response.headers.get('location')).toBe(`/orders/${body.orderId}`);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await readOrder(url, body.orderId)).orderId).toBe(body.orderId);
  });

  it('is completed when there is stock and the money is collected', async () => {
    const orderId = await place(AFFORDABLE);
    await untilOver(deployed(), orderId);
    // The view follows events in any order, so the last one need not be OrderCompleted.
    await untilIdle(deployed());
    const view = await readOrder(deployed().url, orderId);
    expect(view).toMatchObject({ status: 'completed', total: { amount: 6_900, currency: 'EUR' } });
    // On a busy machine the provider may answer late, which is an event of its own.
    const events = view.history.map(({ event }) => event).filter((event) => event !== 'PaymentDelayed');
    expect(events.sort()).toEqual([
      'OrderCompleted',
      'OrderConfirmed',
      'OrderCreated',
      'OrderPlaced',
      'PaymentCompleted',
      'ShipmentDelivered',
      'ShipmentDispatched',
      'StockReserved',
    ]);
  });

  it('is cancelled when it is out of stock, and its payment is refunded', async () => {
    const orderId = await place(SOLD_OUT);
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'cancelled', reason: 'out-of-stock' });

    const { snapshot } = await untilIdle(deployed());
    expect(snapshot.reservations.find((one) => one.orderId === orderId)?.status).toBe('rejected');
    const payment = snapshot.payments.find((one) => one.orderId === orderId);
    // Payments refunds, or never charges: the order of its events decides.
    expect(['refunded', 'cancelled']).toContain(payment?.status);
    expect(snapshot.shipments.find((one) => one.orderId === orderId)).toBeUndefined();
  });

  it('is cancelled when the payment is declined, and its stock is released', async () => {
    const orderId = await place(TOO_EXPENSIVE);
    expect(await untilOver(deployed(), orderId)).toMatchObject({ status: 'cancelled', reason: 'payment-declined' });

    const { snapshot } = await untilIdle(deployed());
    expect(snapshot.payments.find((one) => one.orderId === orderId)?.status).toBe('failed');
    const reservation = snapshot.reservations.find((one) => one.orderId === orderId);
    expect(['released', 'cancelled']).toContain(reservation?.status);
  });

  it('that does not exist is answered 404', async () => {
    const response = await fetch(`${deployed().url}/orders/order-that-nobody-placed`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await response.json()).toMatchObject({ status: 404, title: expect.any(String), type: expect.any(String) });
  });

  it('ends among many others with all outcomes', async () => {
    const kinds = [AFFORDABLE, SOLD_OUT, TOO_EXPENSIVE];
    const many = Array.from({ length: 30 }, (_, index) => kinds[index % kinds.length] ?? AFFORDABLE);
    const ids: string[] = [];
    await inParallel(PLACED_AT_ONCE, many, async (lines) => void ids.push(await place(lines)));
    const views: OrderStatus[] = [];
    // One after the other: concurrent polling would slow down the functions.
    for (const id of ids) views.push(await untilOver(deployed(), id));
    expect(views.filter(({ status }) => status === 'completed')).toHaveLength(10);
    const { orders } = await readSnapshot(deployed().deployment);
    expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(orders.length);
  });
});
