import type { Money } from '../../contracts/values';
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
  'refund-missing': 'The order is cancelled, and the provider has not refunded its charge.',
  'refund-doubled': 'The provider has refunded more often than it has charged.',
  'refund-amount-differs': 'The provider has refunded another amount than it has charged.',
  'refund-not-recorded': 'The provider has refunded the order, and payments has not recorded it.',
  'order-never-ended': 'The order is neither completed nor cancelled.',
  'completed-not-paid': 'The order is completed, and the provider holds no money for it.',
  'stock-held': 'The order is cancelled and still holds its stock.',
  'callback-not-reported': 'A callback was promised, and neither delivered nor reported as failed.',
} as const;

export type Kind = keyof typeof kinds;

/**
 * Returns the differences between the books of one order. A page shows only what the books have on one day, so each side alone must
 * raise the suspicion. It is then confirmed with all entries of all days.
 */
export function compareOrder(sides: Sides<OrderBooks>, _orderId: string, now: Date): Difference[] {
  const order = sides.orders[0] ?? sides.callbacks[0];
  const found = [...compareMoney(sides, order), ...(order ? checkOrder(order, sides, now) : [])];
  return found.map((kind) => ({ kind, detail: kinds[kind] }));
}

function compareMoney({ payments, settlement }: Sides<OrderBooks>, order: OrderEntry | undefined): Kind[] {
  const [recorded] = payments.filter(({ kind }) => kind === 'charge');
  const [recordedRefund] = payments.filter(({ kind }) => kind === 'refund');
  const charges = settlement.filter(({ kind }) => kind === 'charge');
  const refunds = settlement.filter(({ kind }) => kind === 'refund');
  const [charge] = charges;
  const [refund] = refunds;
  const isCancelled = order?.facts.OrderCancelled !== undefined;
  // The charge may be on another day: then the payment that the bus has reported must have been refunded.
  const wasCharged = charge ? recorded !== undefined : !recorded && order?.facts.PaymentCompleted !== undefined;
  const isRefundDue = (isCancelled && wasCharged) || recordedRefund !== undefined;
  const amounts = [order?.total, recorded?.amount].filter((amount) => amount !== undefined);
  return kindsOf({
    'charged-not-recorded': charge && !recorded,
    'recorded-not-charged': recorded && !charge,
    'booked-twice': charges.length > 1,
    ...(charge && recorded && compareAmounts(charge.amount, amounts)),
    'refund-missing': isRefundDue && !refund,
    'refund-doubled': refunds.length > charges.length,
    'refund-amount-differs':
      refund && charge && refunds.length === 1 && compareAmounts(charge.amount, [refund.amount]) !== undefined,
    'refund-not-recorded': refund && !recordedRefund && refunds.length <= charges.length,
  });
}

function checkOrder(order: OrderEntry, { payments, settlement }: Sides<OrderBooks>, now: Date): Kind[] {
  const { facts } = order;
  const count = (wanted: SettlementLine['kind']) => settlement.filter(({ kind }) => kind === wanted).length;
  const isRecorded = payments.some(({ kind }) => kind === 'charge');
  const holdsMoney = count('charge') > count('refund') || (count('charge') === 0 && isRecorded);
  return kindsOf({
    'order-never-ended': facts.OrderPlaced && !facts.OrderCompleted && !facts.OrderCancelled,
    'completed-not-paid': facts.OrderCompleted && !holdsMoney,
    'stock-held': facts.OrderCancelled && facts.StockReserved && !facts.StockReleased,
    'callback-not-reported': missingCallbacks(order).some(({ due }) => due <= now),
  });
}

function compareAmounts(amount: Money, others: readonly Money[]): Partial<Record<Kind, boolean>> | undefined {
  if (others.some(({ currency }) => currency !== amount.currency)) return { 'currency-differs': true };
  return others.some((other) => other.amount !== amount.amount) ? { 'amount-differs': true } : undefined;
}

function kindsOf(found: Readonly<Partial<Record<Kind, unknown>>>): Kind[] {
  return (Object.keys(found) as Kind[]).filter((kind) => found[kind]);
}
