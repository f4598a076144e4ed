import type { Fact } from '../../../lambdas/orders/order-process';
import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import { findViolations, type Invariant, isIdle, type Snapshot } from '../../invariants';

const MONEY = { amount: 2_400, currency: 'EUR' };
const LINES = [{ sku: 'teapot', quantity: 2 }];

describe('the invariants', () => {
  it('hold for a completed and a cancelled order', () => {
    expect(findViolations(healthy())).toEqual([]);
    expect(isIdle(findViolations(healthy()))).toBe(true);
  });

  it('find an order that has not ended', () => {
    const snapshot = withOrder('order-1', { status: 'confirmed', ended: false });
    expect(broken(snapshot)).toContain('ended');
    expect(isIdle(findViolations(snapshot))).toBe(false);
  });

  it('find an accepted order that does not exist in orders', () => {
    const { orders, ...rest } = healthy();
    expect(broken({ ...rest, orders: orders.slice(1) })).toContain('ended');
  });

  it('find an event that a subscriber has lost', () => {
    const { records, ...rest } = healthy();
    const lost = records.filter(({ id }) => id !== 'inventory.reserve#order-1-OrderCreated');
    const snapshot = { ...rest, records: lost };
    expect(broken(snapshot)).toEqual(['delivered']);
    expect(findViolations(snapshot)[0]?.detail).toBe(
      'inventory.reserve has not processed OrderCreated order-1-OrderCreated of order order-1.',
    );
  });

  it('find an event that a subscriber has processed twice', () => {
    const { records, ...rest } = healthy();
    const twice = records.filter(({ id }) => id === 'payments.collect#order-1-OrderCreated');
    expect(broken({ ...rest, records: [...records, { id: twice[0]?.id ?? '' }] })).toEqual(['delivered']);
  });

  it('count a receipt in an inbox as its event, once for an event that has a record too', () => {
    const { records, ...rest } = healthy();
    const [one, ...others] = records.filter(({ id }) => id.startsWith('inventory.reserve#'));
    const kept = records.filter((record) => record !== one);
    const receipt = one?.id ?? '';
    expect(broken({ ...rest, records: kept, receipts: [receipt, ...others.map(({ id }) => id)] })).toEqual([]);
    expect(broken({ ...rest, records: kept, receipts: [receipt, receipt] })).toEqual(['delivered']);
  });

  it('find a record of an event that was never emitted', () => {
    const snapshot = withRecord({ id: 'inventory.reserve#made-up' });
    expect(broken(snapshot)).toEqual(['emitted']);
  });

  it('find a record of a consumer that is not deployed', () => {
    expect(broken(withRecord({ id: 'inventory.unknown#order-1-OrderCreated' }))).toEqual(['emitted']);
  });

  it("count a record of an adapter as its consumer's work", () => {
    expect(broken(withRecord({ id: 'inventory.reserve:degraded#order-1-OrderCreated' }))).toEqual([]);
    expect(broken(withRecord({ id: 'inventory.reserve:degraded#made-up' }))).toEqual(['emitted']);
  });

  it('accept a record of a deployed schedule', () => {
    expect(broken(withRecord({ id: 'orders.sweep#order-1 due' }))).toEqual([]);
    expect(broken(withRecord({ id: 'orders.mop#order-1 due' }))).toEqual(['emitted']);
  });

  it('find two events with the same id', () => {
    const outbox = JSON.stringify([event('order-1', 'OrderCompleted', 'order-1-OrderPlaced')]);
    const snapshot = withRecord({ id: 'checkout.place-order#key-9', outbox });
    expect(broken(snapshot)).toContain('unique');
  });

  it('find a double charge', () => {
    const again = event('order-1', 'PaymentCompleted', 'order-1-again');
    const snapshot = withRecord({ id: 'checkout.place-order#key-9', outbox: JSON.stringify([again]) });
    expect(broken(snapshot)).toContain('charged');
  });

  it('find a charge whose payment is not stored', () => {
    const { payments, ...rest } = healthy();
    expect(broken({ ...rest, payments: payments.slice(1) })).toEqual(['charged']);
  });

  it('find a completed order without a payment', () => {
    const { records, payments, ...rest } = healthy();
    const unpaid = {
      ...rest,
      payments: payments.slice(1),
      records: records.filter(({ id }) => !id.startsWith('payments.')),
    };
    expect(broken(unpaid)).toContain('charged');
  });

  it('find stock that has leaked', () => {
    expect(broken({ ...healthy(), stock: [{ sku: 'teapot', available: 7 }] })).toEqual(['conserved']);
  });

  it('find stock that was reserved twice', () => {
    const snapshot = { ...healthy(), stock: [{ sku: 'teapot', available: -2 }], seed: { teapot: 0 } };
    expect(broken(snapshot)).toEqual(['conserved']);
  });

  it('find a cancelled order that still holds stock', () => {
    const { reservations, ...rest } = healthy();
    const [first] = reservations;
    const held = { orderId: 'order-2', status: 'reserved', lines: LINES } as const;
    const snapshot = {
      ...rest,
      stock: [{ sku: 'teapot', available: 6 }],
      reservations: first ? [first, held] : [held],
    };
    expect(broken(snapshot)).toEqual(['released']);
  });

  it('find a cancelled order that still holds money', () => {
    const { records, payments, ...rest } = healthy();
    const kept = records.map((one) => (one.id === 'payments.refund#order-2-OrderCancelled' ? { id: one.id } : one));
    const paid = payments.map((one) => ({ ...one, status: 'completed' as const }));
    expect(broken({ ...rest, records: kept, payments: paid })).toContain('released');
  });

  it('find a shipment of a cancelled order', () => {
    const { shipments, ...rest } = healthy();
    const parcel = { orderId: 'order-2', shipmentId: 'shipment-2', status: 'dispatched', lines: LINES } as const;
    expect(broken({ ...rest, shipments: [...shipments, parcel] })).toEqual(['released']);
  });
});

function broken(snapshot: Snapshot): Invariant[] {
  return [...new Set(findViolations(snapshot).map(({ invariant }) => invariant))];
}

/** A consistent snapshot: ten teapots, a completed order of two, and an order that was paid, cancelled and refunded. */
function healthy(): Snapshot {
  const amount = MONEY;
  return {
    seed: { teapot: 10 },
    stock: [{ sku: 'teapot', available: 8 }],
    orders: [
      { orderId: 'order-1', facts: facts('OrderPlaced', 'OrderCompleted'), status: 'completed', ended: true },
      { orderId: 'order-2', facts: facts('OrderPlaced', 'OrderCancelled'), status: 'cancelled', ended: true },
    ],
    reservations: [
      { orderId: 'order-1', status: 'reserved', lines: LINES },
      { orderId: 'order-2', status: 'released', lines: LINES },
    ],
    payments: [
      { orderId: 'order-1', status: 'completed', amount },
      { orderId: 'order-2', status: 'refunded', amount },
    ],
    paymentBook: [],
    receipts: [],
    shipments: [{ orderId: 'order-1', shipmentId: 'shipment-1', status: 'delivered', lines: LINES }],
    records: [
      ...recordsOf('order-1'),
      ...recordsOf('order-2'),
      { id: 'inventory.release#order-2-OrderCancelled' },
      refund(),
    ],
    services: [
      service('checkout', [], ['place-order']),
      service('orders', [{ name: 'advance', to: ['checkout.OrderPlaced'] }], [], ['sweep']),
      service('inventory', [
        { name: 'reserve', to: ['orders.OrderCreated'] },
        { name: 'release', to: ['orders.OrderCancelled'] },
      ]),
      service('payments', [
        { name: 'collect', to: ['orders.OrderCreated'] },
        { name: 'refund', to: ['orders.OrderCancelled'] },
      ]),
    ],
  };
}

function recordsOf(orderId: string) {
  const decided = orderId === 'order-2' ? (['OrderCreated', 'OrderCancelled'] as const) : (['OrderCreated'] as const);
  return [
    { id: `checkout.place-order#key-${orderId}`, outbox: outbox(orderId, 'OrderPlaced') },
    { id: `orders.advance#${orderId}-OrderPlaced`, outbox: outbox(orderId, ...decided) },
    { id: `inventory.reserve#${orderId}-OrderCreated` },
    { id: `payments.collect#${orderId}-OrderCreated`, outbox: outbox(orderId, 'PaymentCompleted') },
  ];
}

function refund() {
  return { id: 'payments.refund#order-2-OrderCancelled', outbox: outbox('order-2', 'PaymentRefunded') };
}

function outbox(orderId: string, ...names: readonly string[]): string {
  return JSON.stringify(names.map((name) => event(orderId, name)));
}

function event(orderId: string, name: string, id = `${orderId}-${name}`): OutgoingEvent {
  const source = name.startsWith('Payment') ? 'payments' : name === 'OrderPlaced' ? 'checkout' : 'orders';
  const metadata = {
    id,
    version: 1,
    correlationId: 'c',
    causationId: 'c',
    occurredAt: '2026-01-01T00:00:00.000Z',
    traceparent: '',
  };
  return { source, name, detail: { metadata, data: { orderId } } } as OutgoingEvent;
}

function service(
  name: string,
  subscriptions: readonly { name: string; to: string[] }[],
  endpoints: readonly string[] = [],
  schedules: readonly string[] = [],
) {
  return {
    service: name,
    subscriptions: subscriptions.map((one) => ({ ...one, function: '', queue: '', deadLetterQueue: '', emits: [] })),
    endpoints: endpoints.map((one) => ({ name: one, function: '', route: '', emits: [] })),
    schedules: schedules.map((one) => ({ name: one, function: '', deadLetterQueue: '' })),
  };
}

function facts(...known: readonly Fact[]): Readonly<Partial<Record<Fact, string>>> {
  return Object.fromEntries(known.map((fact) => [fact, '2026-01-01T00:00:00.000Z']));
}

function withRecord(record: Snapshot['records'][number]): Snapshot {
  const { records, ...rest } = healthy();
  return { ...rest, records: [...records, record] };
}

function withOrder(orderId: string, change: Partial<Snapshot['orders'][number]>): Snapshot {
  const { orders, ...rest } = healthy();
  return { ...rest, orders: orders.map((order) => (order.orderId === orderId ? { ...order, ...change } : order)) };
}
