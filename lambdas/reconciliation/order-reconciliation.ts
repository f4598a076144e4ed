import { ChargeLookUpRequested, OrderResumeRequested, StockReleaseRequested } from '../../contracts/reconciliation';
import { type Book, hexadecimalRanges } from '../runtime/reconciliation/book';
import { defineReconciliation, type Repair } from '../runtime/reconciliation/reconciliation';
import { tableBook } from '../runtime/reconciliation/table-book';
import { TIME_ZONE } from './calendar';
import { compareOrder, type OrderBooks } from './compare-order';
import { orderBook, paymentBook } from './service';
import type { SettlementLine } from './settlement';

type Requests = typeof ChargeLookUpRequested | typeof OrderResumeRequested | typeof StockReleaseRequested;
type OrderRepair = Repair<OrderBooks, Requests>;

const lookUpCharge: OrderRepair = {
  name: 'look-up-charge',
  request: ({ key: orderId }, emit) => void emit(ChargeLookUpRequested, { orderId }),
};
const resumeOrder: OrderRepair = {
  name: 'resume-order',
  request: ({ key: orderId }, emit) => void emit(OrderResumeRequested, { orderId }),
};
const releaseStock: OrderRepair = {
  name: 'release-stock',
  request: ({ key: orderId }, emit) => void emit(StockReleaseRequested, { orderId }),
};
/** Payments refunds a charge only once it knows of the cancellation, which orders publishes again. */
const refundCharge: OrderRepair = {
  name: 'refund-charge',
  request: (discrepancy, emit) => {
    resumeOrder.request(discrepancy, emit);
    lookUpCharge.request(discrepancy, emit);
  },
};

/** The comparison of each day's orders, payments and settlement. A kind without a repair is only reported. */
export function orderReconciliation(settlement: Book<SettlementLine>) {
  return defineReconciliation<OrderBooks, Requests>({
    timeZone: TIME_ZONE,
    graceHours: 6,
    shards: hexadecimalRanges,
    books: {
      orders: tableBook(orderBook, { byDay: 'by-day' }),
      // The same entries, so only `orders` finds them.
      callbacks: { ...tableBook(orderBook, { byDay: 'by-report' }), find: async () => [] },
      payments: tableBook(paymentBook, { byDay: 'by-day', byKey: 'by-order' }),
      settlement,
    },
    key: (entry) => ('reference' in entry ? entry.reference : entry.orderId),
    time: (entry) => ('bookedAt' in entry ? entry.bookedAt : entry.at),
    show: showEntry,
    compare: compareOrder,
    // Its payment and refund are of other days, or are missing everywhere.
    suspect: ({ orders }) => orders.some(({ facts }) => facts.OrderCancelled !== undefined),
    repair: {
      'charged-not-recorded': lookUpCharge,
      'refund-missing': refundCharge,
      'refund-not-recorded': lookUpCharge,
      'order-never-ended': resumeOrder,
      'stock-held': releaseStock,
    },
  });
}

/** What operators and accountants see of an entry. */
function showEntry(entry: OrderBooks[keyof OrderBooks]): object {
  if ('facts' in entry) {
    const { total, facts, wantsCallbacks, reported } = entry;
    return { ...(total && { amount: total }), facts, callbacks: { wanted: wantsCallbacks ?? 'unknown', reported } };
  }
  const { kind, amount, chargeId } = entry;
  return {
    kind,
    amount,
    chargeId,
    ...('bookedAt' in entry ? { bookedAt: entry.bookedAt } : { bookedOn: entry.bookedOn }),
  };
}
