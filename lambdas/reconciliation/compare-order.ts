import type { Sides } from '../runtime/reconciliation/book';
import type { Difference } from '../runtime/reconciliation/reconciliation';
import { missingCallbacks, type OrderEntry } from './order-book';
import type { PaymentEntry } from './payment-book';
import type { SettlementLine } from './settlement';

/** The books. `callbacks` is the order book again, listed by the day after which callbacks must have been reported. */
export interface OrderBooks {
  readonly orders: OrderEntry;
  readonly callbacks: OrderEntry;
  readonly payments: PaymentEntry;
  readonly settlement: SettlementLine;
}

/** The kinds of discrepancies, and what each means. */
export const kinds = {
  'charged-not-recorded': 'The provider has charged the order, and payments has not recorded it.',
  'recorded-not-charged': 'Payments has recorded a charge that the provider does not have.',
  'booked-twice': 'The provider has charged the order more than once.',
  'amount-differs': 'The amounts of the order, of payments and of the provider differ.',
  'currency-differs': 'The currencies of the order, of payments and of the provider differ.',
  'refund-missing': 'A refund is due or recorded, and the provider has not made it.',
  'refund-doubled': 'The provider has refunded a charge more often than it has made it.',
  'refund-amount-differs':
    'The amounts of the charge, of the refund, and of the refund in the book of payments differ.',
  'refund-not-recorded': 'The provider has refunded the order, and payments has not recorded it.',
  'order-never-ended': 'The order is neither completed nor cancelled.',
  'order-not-placed': 'Events of the order have arrived, but not that it was placed, so nothing confirms its total.',
  'completed-not-paid': 'The order is completed, and the provider holds no money for it.',
  'stock-held': 'The order is cancelled and still holds its stock.',
  'callback-not-reported': 'A callback was promised, and neither delivered nor reported as failed.',
} as const;

export type Kind = keyof typeof kinds;
type Amount = Pick<SettlementLine, 'amount'>;
type Charged = Pick<SettlementLine, 'chargeId'>;

/**
 * Returns the differences between the books of one order. A page shows only what the books have on one day, so each side alone must
 * raise the suspicion. It is then confirmed with all entries of all days.
 *
 * Charges and refunds are matched by the charge's id. Every event of an order makes its entry, and payments reports each charge on the bus
 * too. So the book of orders shows an order although its `OrderPlaced` was lost.
 */
export function compareOrder(sides: Sides<OrderBooks>, _orderId: string, now: Date): Difference[] {
  const order = sides.orders[0] ?? sides.callbacks[0];
  const found = [...compareMoney(sides, order), ...(order ? checkOrder(order, sides, now) : [])];
  return found.map((kind) => ({ kind, detail: kinds[kind] }));
}

function compareMoney({ payments, settlement }: Sides<OrderBooks>, order: OrderEntry | undefined): Kind[] {
  const recorded = payments.filter(({ kind }) => kind === 'charge');
  const recordedRefunds = payments.filter(({ kind }) => kind === 'refund');
  const charges = settlement.filter(({ kind }) => kind === 'charge');
  const refunds = settlement.filter(({ kind }) => kind === 'refund');
  const isCancelled = order?.facts.OrderCancelled !== undefined;
  // The charge may be on another day: then the payment that the bus has reported must have been refunded.
  const isElsewhere = charges.length === 0 && recorded.length === 0 && order?.facts.PaymentCompleted !== undefined;
  const due = [
    ...(isCancelled ? charges.filter((charge) => same(charge, recorded).length > 0) : []),
    ...recordedRefunds,
  ];
  const total = order?.total ? [{ amount: order.total }] : [];
  const differing = [
    ...charges.flatMap((charge) => difference(charge, [...total, ...same(charge, recorded)])),
    ...recorded.flatMap((charge) => difference(charge, total)),
  ];
  return kindsOf({
    'charged-not-recorded': charges.some((charge) => same(charge, recorded).length === 0),
    'recorded-not-charged': recorded.some((charge) => same(charge, charges).length === 0),
    'booked-twice': charges.length > 1,
    'amount-differs': differing.includes('amount-differs'),
    'currency-differs': differing.includes('currency-differs'),
    'refund-missing':
      due.some((one) => same(one, refunds).length === 0) || (isCancelled && isElsewhere && refunds.length === 0),
    'refund-doubled': refunds.some((refund) => same(refund, refunds).length > same(refund, charges).length),
    'refund-amount-differs': refunds.some(
      (refund) => difference(refund, [...same(refund, charges), ...same(refund, recordedRefunds)]).length > 0,
    ),
    'refund-not-recorded': refunds.some((refund) => same(refund, recordedRefunds).length === 0),
  });
}

function checkOrder(order: OrderEntry, { payments, settlement }: Sides<OrderBooks>, now: Date): Kind[] {
  const { facts } = order;
  const count = (wanted: SettlementLine['kind']) => settlement.filter(({ kind }) => kind === wanted).length;
  const isRecorded = payments.some(({ kind }) => kind === 'charge');
  const holdsMoney = count('charge') > count('refund') || (count('charge') === 0 && isRecorded);
  return kindsOf({
    'order-never-ended': !facts.OrderCompleted && !facts.OrderCancelled,
    'order-not-placed': !facts.OrderPlaced,
    'completed-not-paid': facts.OrderCompleted && !holdsMoney,
    'stock-held': facts.OrderCancelled && facts.StockReserved && !facts.StockReleased,
    'callback-not-reported': missingCallbacks(order).some(({ due }) => due <= now),
  });
}

/** Returns the lines of the same charge. */
function same<Line extends Charged>({ chargeId }: Charged, lines: readonly Line[]): Line[] {
  return lines.filter((line) => line.chargeId === chargeId);
}

/** Returns how an amount differs from others. */
function difference({ amount }: Amount, others: readonly Amount[]): Kind[] {
  return others.flatMap((other): Kind[] => {
    if (other.amount.currency !== amount.currency) return ['currency-differs'];
    return other.amount.amount === amount.amount ? [] : ['amount-differs'];
  });
}

function kindsOf(found: Readonly<Partial<Record<Kind, unknown>>>): Kind[] {
  return (Object.keys(found) as Kind[]).filter((kind) => found[kind]);
}
