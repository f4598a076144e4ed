import { CallbackDelivered, CallbackFailed } from '../../contracts/callbacks';
import { OrderPlaced } from '../../contracts/checkout';
import { StockRejected, StockReleased, StockReserved } from '../../contracts/inventory';
import { OrderCancelled, OrderCompleted, OrderConfirmed } from '../../contracts/orders';
import { PaymentCompleted, PaymentRecorded } from '../../contracts/payments';
import {
  ChargeLookUpRequested,
  DiscrepancyFound,
  OrderResumeRequested,
  ReconciliationCompleted,
  ReconciliationDue,
  StockReleaseRequested,
} from '../../contracts/reconciliation';
import { defineService } from '../runtime/declare/service';
import { reconciliationTables } from '../runtime/reconciliation/reconciliation';
import type { OrderEntry } from './order-book';
import type { PaymentEntry } from './payment-book';

/** The name of the payment provider, which publishes its address and key under it. */
export const PROVIDER = 'payment-provider';

/** Keeps books of its own, and compares them each day with one another and with the provider's. */
export const reconciliation = defineService('reconciliation');

export const orderBook = reconciliation
  .table('order-book', {
    key: 'orderId',
    indexes: {
      // Keys only: an order's later events of the same day cost no write in them.
      'by-day': { key: 'part', sortKey: 'orderId', keysOnly: true },
      'by-report': { key: 'reportPart', sortKey: 'orderId', keysOnly: true },
    },
    inboxOf: ['record-order'],
  })
  .of<OrderEntry>();

export const paymentBook = reconciliation
  .table('payment-book', {
    key: 'chargeId',
    sortKey: 'kind',
    inboxOf: ['record-payment'],
    indexes: {
      'by-day': { key: 'part', sortKey: 'orderEntryId' },
      'by-order': { key: 'orderId', sortKey: 'entryId' },
    },
  })
  .of<PaymentEntry>();

/** From the bus. */
export const recordOrder = reconciliation.subscription('record-order', {
  to: [
    OrderPlaced,
    StockReserved,
    StockRejected,
    StockReleased,
    PaymentCompleted,
    OrderConfirmed,
    OrderCancelled,
    OrderCompleted,
    CallbackDelivered,
    CallbackFailed,
  ],
  uses: [orderBook],
});

/** By direct subscription to payments' topic. */
export const recordPayment = reconciliation.subscription('record-payment', {
  to: [PaymentRecorded],
  uses: [paymentBook],
});

export const providerKey = reconciliation.importedSecret('payment-provider-key', { from: PROVIDER, parameter: 'key' });

export const tables = reconciliationTables(reconciliation);

export const reconcileBooks = reconciliation.subscription('reconcile-books', {
  to: [ReconciliationDue],
  emits: [
    DiscrepancyFound,
    ReconciliationCompleted,
    ReconciliationDue,
    ChargeLookUpRequested,
    OrderResumeRequested,
    StockReleaseRequested,
  ],
  uses: [tables.runs, tables.shards, tables.discrepancies, orderBook, paymentBook],
  secrets: [providerKey],
  dependencies: [PROVIDER],
});

export const startDaily = reconciliation.schedule('start-daily', { emits: [ReconciliationDue] });
