import { App } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import { defineEvent } from '../../contracts/core/contract';
import { defineReconciliationContracts } from '../../contracts/core/reconciliation';
import { Identifier } from '../../contracts/core/text';
import type { Consumer } from '../../lambdas/runtime/consume/consume';
import { defineService } from '../../lambdas/runtime/declare/service';
import type { HttpHandler } from '../../lambdas/runtime/http/accept';
import { defineProcess } from '../../lambdas/runtime/process/process';
import type { Book } from '../../lambdas/runtime/reconciliation/book';
import { defineReconciliation, reconciliationTables } from '../../lambdas/runtime/reconciliation/reconciliation';
import { BrokerStack } from '../../lib/broker/broker-stack';
import { stageOf } from '../../lib/broker/stage';

export type { Construct } from 'constructs';
export * as z from 'zod/mini';

// A small shop, whose names the examples in docstrings use. Nothing here runs.

const Order = z.object({ orderId: Identifier });
const Lines = z.object({ orderId: Identifier, lines: z.array(z.object({ sku: Identifier, quantity: z.int() })) });

/** The schema of a request body. */
export const NewOrder = z.object({ customerId: Identifier, lines: Lines.shape.lines });

const event = <const Name extends string, const Owner extends string, Schema extends z.ZodMiniType>(
  name: Name,
  owner: Owner,
  schema: Schema,
) => defineEvent({ name, owner, version: 1, schema });

export const OrderPlaced = event('OrderPlaced', 'checkout', z.extend(Lines, { customerId: Identifier }));
export const OrderCreated = event('OrderCreated', 'orders', Lines);
export const OrderCancelled = event('OrderCancelled', 'orders', Order);
export const OrderOverdue = event('OrderOverdue', 'orders', Order);
export const StockReserved = event('StockReserved', 'inventory', Order);
export const StockRejected = event('StockRejected', 'inventory', Order);
export const ShipmentDispatched = event('ShipmentDispatched', 'shipping', Order);
export const PaymentDelayed = event('PaymentDelayed', 'payments', Order);
export const ProviderLost = event('ProviderLost', 'payments', z.object({ dependency: Identifier }));
export const ProviderRegained = event('ProviderRegained', 'payments', z.object({ dependency: Identifier }));
export const LookUpCharge = event('LookUpCharge', 'reconciliation', Order);

export const inventory = defineService('inventory');
/** An item of {@link stock}. */
export interface Stock {
  readonly sku: string;
  readonly available: number;
}
export const stock = inventory.table('stock', { key: 'sku' }).of<Stock>();
export const reservations = inventory.table('reservations', { key: 'orderId' }).of<{ readonly orderId: string }>();
export const reserveStock = inventory.subscription('reserve-stock', {
  to: [OrderCreated],
  emits: [StockReserved, StockRejected],
  uses: [stock, reservations],
});
export const releaseStock = inventory.subscription('release-stock', { to: [OrderCancelled], uses: [stock] });
export const seedStock = inventory.deployTask('seed-stock', { uses: [stock] });

export const shipping = defineService('shipping');
/** An item of {@link shipments}. */
export interface Shipment {
  readonly orderId: string;
  readonly status: 'dispatched' | 'delivered';
}
export const shipments = shipping.table('shipments', { key: 'orderId' }).of<Shipment>();
export const dispatchShipment = shipping.subscription('dispatch-shipment', {
  to: [OrderCreated],
  emits: [ShipmentDispatched],
  uses: [shipments],
});

export const payments = defineService('payments');
/** An item of {@link charges}. */
export interface Charge {
  readonly orderId: string;
  readonly status: 'requested' | 'paid';
}
export const charges = payments.table('charges', { key: 'orderId' }).of<Charge>();
export const providerKey = payments.importedSecret('provider-key', { from: 'payment-provider', parameter: 'key' });
export const collectPayment = payments.subscription('collect-payment', {
  to: [OrderCreated],
  emits: [PaymentDelayed, ProviderLost, ProviderRegained],
  uses: [charges],
  secrets: [providerKey],
  dependencies: ['payment-provider'],
});
export const receivePayment = payments.endpoint('receive-payment', {
  route: 'POST /payments',
  body: Order,
  uses: [charges],
  secrets: [providerKey],
  authorization: 'handler',
});
export const hasCharge = async (orderId: string) => orderId !== '';

export const orders = defineService('orders');
/** An item of {@link orderViews}. */
export interface OrderView {
  readonly orderId: string;
  readonly status: string;
}
export const orderViews = orders.table('views', { key: 'orderId', inboxOf: ['follow-order'] }).of<OrderView>();
export const followOrder = orders.subscription('follow-order', { to: [ShipmentDispatched], uses: [orderViews] });
export const sweepOverdue = orders.schedule('sweep-overdue', { emits: [OrderOverdue] });
export const getOrder = orders.endpoint('get-order', { route: 'GET /orders/{orderId}', uses: [orderViews] });
export const overdueOrders = async (_at: Date) => [{ orderId: 'order-1', due: '2026-01-01' }];
export const visit = defineProcess({
  arrivals: { Booked: { all: [] }, Paid: { all: ['Booked'] } },
  decisions: [{ decide: 'Confirmed', all: ['Booked', 'Paid'] }],
  statuses: [{ status: 'open', all: [] }],
});

export const checkout = defineService('checkout');
export const placeOrder = checkout.endpoint('place-order', {
  route: 'POST /orders',
  body: NewOrder,
  emits: [OrderPlaced],
});

/** The service of the test kit's examples. */
export const hello = defineService('hello');
export const greetings = hello
  .table('greetings', { key: 'greetingId' })
  .of<{ readonly greetingId: string; readonly text: string }>();
export const GreetingRequested = event(
  'GreetingRequested',
  'hello',
  z.object({ greetingId: Identifier, name: z.string() }),
);
export declare const writeGreeting: Consumer;
export declare const requestGreeting: HttpHandler;

/** A handler that does nothing. */
export const handle = () => {};

export const reconciliation = defineService('reconciliation');
/** An entry of a book. */
export interface Payment {
  readonly orderId: string;
  readonly cents: number;
}
export const paymentBook = reconciliation
  .table('payment-book', {
    key: 'id',
    indexes: { 'by-day': { key: 'part', sortKey: 'orderId' }, 'by-order': { key: 'orderId', sortKey: 'id' } },
  })
  .of<Payment & { readonly id: string; readonly part: string }>();
export declare const ordersBook: Book<Payment>;
export declare const settlementBook: Book<Payment>;
export const contracts = defineReconciliationContracts('reconciliation');
export const tables = reconciliationTables(reconciliation);
export const money = defineReconciliation<{ orders: Payment; settlement: Payment }>({
  timeZone: 'Europe/Berlin',
  graceHours: 6,
  shards: [{}],
  books: { orders: ordersBook, settlement: settlementBook },
  key: ({ orderId }) => orderId,
  compare: () => [],
  repair: {},
});
export const startDaily = reconciliation.schedule('start-daily', { emits: [contracts.ReconciliationDue] });
export const reconcileBooks = reconciliation.subscription('reconcile-books', {
  to: [contracts.ReconciliationDue],
  emits: Object.values(contracts),
  uses: Object.values(tables),
});

export const app = new App();
export const stage = stageOf(app.node);
export const { broker } = new BrokerStack(app, { stage, contracts: [] });
