import { compareOrder } from '../../../../lambdas/reconciliation/compare-order';
import { type OrderFact, unknownEntry, withNews } from '../../../../lambdas/reconciliation/order-book';
import { entryOf } from '../../../../lambdas/reconciliation/payment-book';
import type { SettlementLine } from '../../../../lambdas/reconciliation/settlement';

const ORDER = 'order-1';
const AT = '2026-03-29T10:00:00.000Z';
const LATER = new Date('2026-03-31T12:00:00Z');
const COMPLETED = ['OrderPlaced', 'StockReserved', 'PaymentCompleted', 'OrderConfirmed', 'OrderCompleted'] as const;
const CANCELLED = ['OrderPlaced', 'StockRejected', 'PaymentCompleted', 'OrderCancelled'] as const;

interface Money {
  readonly amount?: number;
  readonly currency?: string;
  readonly chargeId?: string;
}
const line = (kind: 'charge' | 'refund', { amount = 2_400, currency = 'EUR', chargeId = 'charge-1' }: Money = {}) => ({
  kind,
  chargeId,
  amount: { amount, currency },
});
const charge = (money?: Money) => line('charge', money);
const refund = (money?: Money) => line('refund', money);
type Line = ReturnType<typeof line>;

function order(facts: readonly OrderFact[]) {
  return facts.reduce((entry, fact) => {
    const placed = fact === 'OrderPlaced' && { total: { amount: 2_400, currency: 'EUR' }, wantsCallbacks: false };
    return withNews(entry, { fact, occurredAt: AT, ...placed }, new Date(AT));
  }, unknownEntry(ORDER));
}

/** The kinds of differences between an order's events, what payments has recorded, and what the provider has booked. */
function kinds(facts: readonly OrderFact[], recorded: readonly Line[], booked: readonly Line[]): string[] {
  const sides = {
    orders: facts.length > 0 ? [order(facts)] : [],
    callbacks: [],
    payments: recorded.map((one) => entryOf({ ...one, orderId: ORDER, bookedOn: '2026-03-29' }, new Date(AT))),
    settlement: booked.map((one): SettlementLine => ({ ...one, reference: ORDER, bookedAt: AT })),
  };
  return compareOrder(sides, ORDER, LATER).map(({ kind }) => kind);
}

const other = { chargeId: 'charge-2' };

describe('the books of an order', () => {
  it.each([
    ['it is paid', COMPLETED, [charge()], [charge()]],
    ['it is cancelled and refunded', CANCELLED, [charge(), refund()], [charge(), refund()]],
    [
      'both of its charges are refunded',
      CANCELLED,
      [charge(), refund(), charge(other), refund(other)],
      [charge(), refund(), charge(other), refund(other)],
    ],
  ] as const)('agree on the money when %s', (name, facts, recorded, booked) => {
    const expected = name.startsWith('both') ? ['booked-twice'] : [];
    expect(kinds(facts, recorded, booked)).toEqual(expected);
  });

  it.each([
    ['another charge is recorded', [charge(), charge(other)], [charge()], ['recorded-not-charged']],
    ['another charge is booked', [charge()], [charge(), charge(other)], ['charged-not-recorded', 'booked-twice']],
    ['the ids of the charges differ', [charge(other)], [charge()], ['charged-not-recorded', 'recorded-not-charged']],
    [
      'the second charge has another amount',
      [charge(), charge({ ...other, amount: 2_401 })],
      [charge(), charge(other)],
      ['booked-twice', 'amount-differs'],
    ],
    ['the recorded amount differs', [charge({ amount: 2_401 })], [charge()], ['amount-differs']],
    ['the recorded currency differs', [charge({ currency: 'USD' })], [charge()], ['currency-differs']],
    ['both differ from the total', [charge({ amount: 1 })], [charge({ amount: 1 })], ['amount-differs']],
    [
      'one charge has another amount and one another currency',
      [charge(), charge(other)],
      [charge({ amount: 1 }), charge({ ...other, currency: 'USD' })],
      ['booked-twice', 'amount-differs', 'currency-differs'],
    ],
  ])('differ when %s', (_, recorded, booked, expected) => {
    expect(kinds(COMPLETED, recorded, booked)).toEqual(expected);
  });

  it.each([
    ['the recorded refund has another amount', [refund({ amount: 1 })], [refund()], ['refund-amount-differs']],
    ['the recorded refund has another currency', [refund({ currency: 'USD' })], [refund()], ['refund-amount-differs']],
    ['the refund has another amount', [refund({ amount: 1 })], [refund({ amount: 1 })], ['refund-amount-differs']],
    ['the refund has another currency', [refund()], [refund({ currency: 'USD' })], ['refund-amount-differs']],
    [
      'the second refund has another amount',
      [refund()],
      [refund(), refund({ amount: 1 })],
      ['refund-doubled', 'refund-amount-differs'],
    ],
    ['another charge is refunded', [refund(other)], [refund(other)], ['refund-missing', 'refund-doubled']],
    ['the refund is only recorded', [refund()], [], ['refund-missing']],
    ['the refund is only booked', [], [refund()], ['refund-not-recorded']],
    ['there is no refund', [], [], ['refund-missing']],
  ])('of a cancelled order differ when %s', (_, recorded, booked, expected) => {
    expect(kinds(CANCELLED, [charge(), ...recorded], [charge(), ...booked])).toEqual(expected);
  });

  it('differ when only one of two charges of a cancelled order is refunded', () => {
    const booked = [charge(), charge(other), refund()];
    expect(kinds(CANCELLED, booked, booked)).toEqual(['booked-twice', 'refund-missing']);
  });

  it.each([
    ['has not ended', ['StockReserved', 'PaymentCompleted'], ['order-never-ended', 'order-not-placed']],
    ['is completed', COMPLETED.slice(1), ['order-not-placed']],
    ['was only paid', ['PaymentCompleted'], ['order-never-ended', 'order-not-placed']],
  ] as const)('show that the beginning of an order is missing that %s', (_, facts, expected) => {
    expect(kinds(facts, [charge()], [charge()])).toEqual(expected);
  });
});
