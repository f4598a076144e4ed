import { type Deployment, tableOf } from '../deployed/discover';
import type { Reservation, Stock } from '../lambdas/inventory/stock';
import seed from '../lambdas/inventory/stock.json';
import type { Order } from '../lambdas/orders/order';
import type { Payment } from '../lambdas/payments/payment';
import type { PaymentEntry } from '../lambdas/reconciliation/payment-book';
import type { Shipment } from '../lambdas/shipping/shipment';
import { scanItems } from '../observe/items';
import { scanRecords } from '../observe/records';
import type { Booking } from './books';
import type { Snapshot } from './invariants';

/**
 * Reads all tables of all services. Not atomic: work in progress can be included in part. Reads records and receipts before what they
 * stand for: if they say that every event was processed, the other tables have every effect.
 */
export async function readSnapshot(deployment: Deployment): Promise<Snapshot> {
  const stored = await Promise.all(deployment.services.map((service) => scanRecords(deployment, service)));
  const [records, receipts] = [stored.flatMap((one) => one.records), stored.flatMap((one) => one.receipts)];
  const table = <Item>(service: string, name: string) =>
    scanItems<Item>(deployment, tableOf(deployment, service, name));
  const bank = deployment.services.find(({ service }) => service === 'payment-provider');
  const [orders, stock, reservations, payments, shipments, paymentBook, bookings] = await Promise.all([
    table<Order>('orders', 'orders'),
    table<Stock>('inventory', 'stock'),
    table<Reservation>('inventory', 'reservations'),
    table<Payment>('payments', 'payments'),
    table<Shipment>('shipping', 'shipments'),
    table<PaymentEntry>('reconciliation', 'payment-book'),
    // Only the simulated bank's table can be read.
    bank && table<Booking>(bank.service, 'bookings'),
  ]);
  const { services } = deployment;
  const found = { orders, stock, reservations, payments, shipments, paymentBook, bookings };
  return { ...found, records, receipts, seed, services };
}
