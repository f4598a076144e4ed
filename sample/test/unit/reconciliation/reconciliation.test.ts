import * as contracts from '../../../../contracts';
import { stock } from '../../../../lambdas/inventory/service';
import { type Booking, book, chargeIdOf } from '../../../../lambdas/payment-provider/charge';
import { bookings } from '../../../../lambdas/payment-provider/service';
import { type Kind, kinds } from '../../../../lambdas/reconciliation/compare-order';
import { type OrderFact, unknownEntry, withNews } from '../../../../lambdas/reconciliation/order-book';
import { entryOf } from '../../../../lambdas/reconciliation/payment-book';
import { orderBook, paymentBook } from '../../../../lambdas/reconciliation/service';
import { deterministicId } from '../../../../lambdas/runtime/events/ids';
import { businessDay } from '../../../../lambdas/runtime/reconciliation/business-day';
import type { Write } from '../../../../lambdas/runtime/store/store';
import { eventOf } from '../../../../test/support/handler-world';
import { BooksWorld } from './books-world';

/** Clocks change on the second day, which has 23 hours. */
const DATES = ['2026-03-28', '2026-03-29', '2026-03-30'];
const DAYS = DATES.map((date) => businessDay(date, 'Europe/Berlin'));
const ORDERS = 10_000;
const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const SECOND = 1_000;
const DAY = 24 * 60 * 60 * SECOND;

interface Plant {
  readonly kind: Kind;
  /** An event that never reaches a consumer. */
  readonly loses?: readonly [event: string, consumer: string];
  /** Changes the bank's book afterwards. */
  readonly changes?: (booking: Booking) => readonly Partial<Booking>[];
  /** `none`: the order is cancelled. `dear`: its charge is declined. @default it is completed */
  readonly sku?: 'none' | 'dear';
  readonly isRepaired?: boolean;
}

const charge = ({ kind }: Booking) => kind === 'charge';
const copied = ({ bookingId, settlementKey }: Booking) => ({
  bookingId: `${bookingId}-2`,
  settlementKey: `${settlementKey}-2`,
});

const plants: readonly Plant[] = [
  { kind: 'charged-not-recorded', loses: ['PaymentRecorded', 'reconciliation.record-payment'], isRepaired: true },
  {
    kind: 'recorded-not-charged',
    changes: (one) => (charge(one) ? [{ bookedOn: undefined, reference: undefined }] : []),
  },
  { kind: 'booked-twice', changes: (one) => (charge(one) ? [copied(one)] : []) },
  { kind: 'amount-differs', changes: (one) => [{ amount: EUR(one.amount.amount + 1) }] },
  { kind: 'currency-differs', changes: ({ amount }) => [{ amount: { ...amount, currency: 'USD' } }] },
  { kind: 'refund-missing', sku: 'none', loses: ['OrderCancelled', 'payments.refund-payment'], isRepaired: true },
  { kind: 'refund-doubled', sku: 'none', changes: (one) => (charge(one) ? [] : [copied(one)]) },
  { kind: 'refund-amount-differs', sku: 'none', changes: (one) => (charge(one) ? [] : [{ amount: EUR(1) }]) },
  {
    kind: 'refund-not-recorded',
    sku: 'none',
    loses: ['PaymentRecorded refund', 'reconciliation.record-payment'],
    isRepaired: true,
  },
  { kind: 'order-never-ended', loses: ['OrderConfirmed', 'shipping.dispatch-shipment'], isRepaired: true },
  { kind: 'stock-held', sku: 'dear', loses: ['OrderCancelled', 'inventory.release-stock'], isRepaired: true },
  { kind: 'completed-not-paid', loses: ['PaymentRequested', 'payments.collect-payment'] },
  { kind: 'order-not-placed', loses: ['OrderPlaced', 'reconciliation.record-order'] },
  { kind: 'callback-not-reported' },
];

const planted = [...plants, ...plants.slice(0, 10)].map((plant, index) => {
  const day = DAYS[index % DAYS.length] as (typeof DAYS)[number];
  // Every fourth order begins seconds before midnight, and ends after it, so that its books have it on two days.
  const due = day.from.getTime() + (index % 4 === 3 ? -10 * SECOND : (index + 1) * 1_800_000);
  const at = new Date(due - (plant.kind === 'callback-not-reported' ? contracts.CALLBACK_REPORT_DAYS * DAY : 0));
  return { ...plant, orderId: deterministicId('planted', index), at };
});
type Planted = (typeof planted)[number];

/** Has an order pass through all services, with one fault. */
async function place({ orderId, at, kind, sku, loses, changes }: Planted, world: BooksWorld): Promise<void> {
  const isCallback = kind === 'callback-not-reported';
  if (at > world.now) world.now = at;
  world.loses = ({ name, detail }, consumer) => {
    const { kind: of } = detail.data as { kind?: string };
    return loses?.[1] === consumer && [name, `${name} ${of}`].includes(loses[0]);
  };
  const total = EUR(sku === 'dear' ? 200_000 : 2_400);
  const lines = [{ sku: sku ?? 'teapot', quantity: 1 }];
  const data = { orderId, customerId: 'ada', lines, total, ...(isCallback && { callbackUrl: 'https://ada.example/' }) };
  await world.publish(eventOf(contracts.OrderPlaced, data, `placed ${orderId}`));
  if (kind === 'completed-not-paid') {
    await world.publish(eventOf(contracts.PaymentCompleted, { orderId, amount: total }, `forged ${orderId}`));
  }
  world.loses = () => false;
  const bank = world.of('payment-provider').store;
  for (const booking of bank.items<Booking>('bookings').filter(({ reference }) => reference === orderId)) {
    for (const change of changes?.(booking) ?? []) {
      const item = { ...booking, ...change };
      const ref = bookings(item.bookingId);
      const [known] = await bank.load([ref]);
      await bank.transact([{ kind: 'put', ref, item, expected: known?.version ?? 'absent' }]);
    }
  }
}

/** Writes an order without faults into the three books. Every fifth is cancelled. */
async function bookHealthy(orderId: string, at: number, isCancelled: boolean, world: BooksWorld): Promise<void> {
  const after = (seconds: number) => new Date(at + seconds * SECOND);
  const write = (service: string, writes: readonly Write[]) => world.of(service).store.transact(writes);
  const kinds = isCancelled ? (['charge', 'refund'] as const) : (['charge'] as const);
  const chargeId = chargeIdOf(orderId);
  for (const [index, kind] of kinds.entries()) {
    const bookedAt = after(3 + index * 30).toISOString();
    const charged = {
      chargeId,
      reference: orderId,
      amount: EUR(2_400),
      outcome: 'succeeded',
      outcomeAt: bookedAt,
    } as const;
    const booking = book(kind, charged, bookedAt);
    await write('payment-provider', [{ kind: 'create', ref: bookings(booking.bookingId), item: booking }]);
    const { bookedOn } = booking;
    const entry = entryOf({ orderId, kind, amount: EUR(2_400), chargeId, bookedOn }, after(5 + index * 30));
    await write('reconciliation', [{ kind: 'create', ref: paymentBook(entry.chargeId, entry.kind), item: entry }]);
  }
  const facts: readonly OrderFact[] = isCancelled
    ? ['OrderPlaced', 'StockReserved', 'PaymentCompleted', 'OrderCancelled', 'StockReleased']
    : ['OrderPlaced', 'StockReserved', 'PaymentCompleted', 'OrderConfirmed', 'OrderCompleted'];
  let entry = unknownEntry(orderId);
  for (const [index, fact] of facts.entries()) {
    const occurredAt = after(index * 10).toISOString();
    const news = { fact, occurredAt, ...(index === 0 && { total: EUR(2_400), wantsCallbacks: false }) };
    entry = withNews(entry, news, after(index * 10));
  }
  await write('reconciliation', [{ kind: 'create', ref: orderBook(orderId), item: entry }]);
}

async function worldWithPlants(): Promise<BooksWorld> {
  const world = new BooksWorld();
  for (const [sku, available] of Object.entries({ teapot: 100, dear: 100, none: 0 })) {
    await world.of('inventory').store.transact([{ kind: 'create', ref: stock(sku), item: { sku, available } }]);
  }
  for (const one of [...planted].sort((a, b) => a.at.getTime() - b.at.getTime())) await place(one, world);
  for (let index = planted.length; index < ORDERS; index++) {
    const day = DAYS[index % DAYS.length] as (typeof DAYS)[number];
    const at = day.from.getTime() + (index / ORDERS) * (day.to.getTime() - day.from.getTime());
    await bookHealthy(deterministicId('healthy', index), at, index % 5 === 0, world);
  }
  world.now = new Date('2026-03-31T12:00:00Z');
  return world;
}

describe("the sample's reconciliation", () => {
  it('finds 24 planted discrepancies among 10,000 orders, no others, and repairs what can be repaired', async () => {
    const world = await worldWithPlants();
    await world.runDaily();
    const idsOf = (all: readonly { kind: string; key: string }[]) =>
      all.map(({ kind, key }) => `${kind} ${key}`).sort();
    const expected = planted.map(({ kind, orderId }) => ({ kind, key: orderId }));
    expect(planted).toHaveLength(24);
    expect(new Set(planted.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
    expect(idsOf(world.discrepancies())).toEqual(idsOf(expected));

    for (const date of DATES) await world.take({ step: 'start', date, again: true }, `again ${date}`);
    const isOpen = ({ status }: { status: string }) => status === 'open';
    expect(idsOf(world.discrepancies())).toEqual(idsOf(expected));
    expect(
      world
        .discrepancies()
        .filter((one) => !isOpen(one))
        .every(({ status }) => status === 'resolved'),
    ).toBe(true);
    const unrepaired = planted.filter(({ isRepaired }) => !isRepaired);
    expect(idsOf(world.discrepancies().filter(isOpen))).toEqual(
      idsOf(unrepaired.map(({ kind, orderId }) => ({ kind, key: orderId }))),
    );
    const requested = world
      .of('reconciliation')
      .published()
      .filter(({ name }) => name.endsWith('Requested'));
    expect(new Set(requested.map(({ detail }) => detail.metadata.id)).size).toBe(requested.length);
  });
});
