import { book, chargeIdOf } from '../../../../lambdas/payment-provider/charge';
import { bookings } from '../../../../lambdas/payment-provider/service';
import { type OrderFact, unknownEntry, withNews } from '../../../../lambdas/reconciliation/order-book';
import { entryOf } from '../../../../lambdas/reconciliation/payment-book';
import { orderBook, paymentBook } from '../../../../lambdas/reconciliation/service';
import { BooksWorld } from './books-world';

const ORDER = 'a-cancelled-order';
const PLACED = '2026-03-10T20:00:00Z';
const AMOUNT = { amount: 2400, currency: 'EUR' };

/** A world in which the bank has charged an order that was cancelled, and whose payment's events were lost. */
async function chargedAndCancelled(cancelledAt: string): Promise<BooksWorld> {
  const world = new BooksWorld();
  const facts: readonly (readonly [OrderFact, string])[] = [
    ['OrderPlaced', PLACED],
    ['StockRejected', PLACED],
    ['OrderCancelled', cancelledAt],
  ];
  const order = facts.reduce((entry, [fact, occurredAt]) => {
    const order = fact === 'OrderPlaced' && { total: AMOUNT, wantsCallbacks: false };
    return withNews(entry, { fact, occurredAt, ...order }, new Date(occurredAt));
  }, unknownEntry(ORDER));
  await world.of('reconciliation').store.transact([{ kind: 'create', ref: orderBook(ORDER), item: order }]);
  const charge = { chargeId: chargeIdOf(ORDER), reference: ORDER, amount: AMOUNT, outcome: 'succeeded' } as const;
  const booking = book('charge', { ...charge, outcomeAt: PLACED }, PLACED);
  const ref = bookings(booking.bookingId);
  await world.of('payment-provider').store.transact([{ kind: 'create', ref, item: booking }]);
  return world;
}

async function runDays(world: BooksWorld, ...days: readonly string[]): Promise<string[]> {
  for (const day of days) {
    world.now = new Date(`${day}T05:00:10Z`);
    await world.runDaily();
  }
  return world.discrepancies().map(({ kind }) => kind);
}

describe('the books of an order that was charged on one day and cancelled on the next', () => {
  it('show a charge that was not recorded, when the cancellation came in the grace period', async () => {
    const world = await chargedAndCancelled('2026-03-11T00:00:30Z');
    expect(await runDays(world, '2026-03-11', '2026-03-12', '2026-03-13')).toContain('charged-not-recorded');
  });

  it('show a refund that is missing', async () => {
    const world = await chargedAndCancelled('2026-03-11T12:00:00Z');
    const recorded = { orderId: ORDER, kind: 'charge', amount: AMOUNT, chargeId: chargeIdOf(ORDER) } as const;
    const item = entryOf({ ...recorded, bookedOn: '2026-03-10' }, new Date(PLACED));
    await world
      .of('reconciliation')
      .store.transact([{ kind: 'create', ref: paymentBook(item.chargeId, item.kind), item }]);
    expect(await runDays(world, '2026-03-12', '2026-03-13', '2026-03-14')).toContain('refund-missing');
  });
});
