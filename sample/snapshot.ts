import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Deployment, tableOf } from '../deployed/discover';
import type { Reservation, Stock } from '../lambdas/inventory/stock';
import seed from '../lambdas/inventory/stock.json';
import type { Order } from '../lambdas/orders/order';
import type { Payment } from '../lambdas/payments/payment';
import type { PaymentEntry } from '../lambdas/reconciliation/payment-book';
import type { ProcessedRecord } from '../lambdas/runtime/work/commit';
import { eventIdOf } from '../lambdas/runtime/work/receipts';
import type { Shipment } from '../lambdas/shipping/shipment';
import type { Booking } from './books';
import type { Snapshot } from './invariants';

/**
 * Reads all tables of all services. Not atomic: work in progress can be included in part. Reads records and receipts before what they
 * stand for: if they say that every event was processed, the other tables have every effect.
 */
export async function readSnapshot(deployment: Deployment): Promise<Snapshot> {
  const [records, receipts] = await Promise.all([
    Promise.all(deployment.services.map((service) => scan<ProcessedRecord>(deployment, service.records))),
    readReceipts(deployment),
  ]);
  const table = <Item>(service: string, name: string) => scan<Item>(deployment, tableOf(deployment, service, name));
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
  const found = { orders, stock, reservations, payments, shipments, paymentBook, bookings, receipts };
  return { ...found, records: records.flat(), seed, services };
}

/** Returns the receipts in all inboxes. */
async function readReceipts(deployment: Deployment): Promise<string[]> {
  const read = deployment.services.flatMap(({ service, tables, subscriptions }) =>
    subscriptions.map(async ({ name, inbox }) => {
      const table = inbox && tables[inbox.table];
      const items = table === undefined ? [] : await scan<{ _receipts?: string[] }>(deployment, table);
      return items.flatMap(({ _receipts = [] }) => _receipts.map((one) => `${service}.${name}#${eventIdOf(one)}`));
    }),
  );
  return (await Promise.all(read)).flat();
}

/** Returns all items of a table, given its physical name. */
export async function scan<Item>({ clients }: Pick<Deployment, 'clients'>, table: string): Promise<Item[]> {
  const client = clients.of(DynamoDBClient);
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    for (const item of page.Items ?? []) items.push(unmarshall(item) as Item);
  }
  return items;
}
