import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Failure } from '../cli/failure';
import { clientOf } from '../deployed/clients';
import { type Deployment, serviceOf } from '../deployed/discover';
import type { Reservation, Stock } from '../lambdas/inventory/stock';
import seed from '../lambdas/inventory/stock.json';
import type { Order } from '../lambdas/orders/order';
import type { Payment } from '../lambdas/payments/payment';
import type { BookEntry } from '../lambdas/reconciliation/payment-book';
import type { ProcessedRecord } from '../lambdas/runtime/work/commit';
import type { Shipment } from '../lambdas/shipping/shipment';
import type { Booking } from './books';
import type { Snapshot } from './invariants';

/** Reads all that the services have stored. The tables are read one beside the other: what is under way may show in part. */
export async function readSnapshot(deployment: Deployment): Promise<Snapshot> {
  const table = <Item>(service: string, name: string) => scan<Item>(deployment, tableOf(deployment, service, name));
  const bank = deployment.services.find(({ service }) => service === 'payment-provider');
  const [orders, stock, reservations, payments, shipments, paymentBook, bookings, records] = await Promise.all([
    table<Order>('orders', 'orders'),
    table<Stock>('inventory', 'stock'),
    table<Reservation>('inventory', 'reservations'),
    table<Payment>('payments', 'payments'),
    table<Shipment>('shipping', 'shipments'),
    table<BookEntry>('reconciliation', 'payment-book'),
    // Only a simulated bank can be looked into.
    bank && table<Booking>(bank.service, 'bookings'),
    Promise.all(deployment.services.map((service) => scan<ProcessedRecord>(deployment, service.records))),
  ]);
  const { services } = deployment;
  const found = { orders, stock, reservations, payments, shipments, paymentBook, bookings, records: records.flat() };
  return { ...found, seed, services };
}

/** One of a service's tables, by its logical name. @throws Failure when it has none of that name */
export function tableOf(deployment: Deployment, service: string, name: string): string {
  const table = serviceOf(deployment, service).tables[name];
  if (table === undefined) throw new Failure(`The service ${service} has no table ${name}.`);
  return table;
}

/** All items of a table, by its physical name. */
export async function scan<Item>({ endpoint }: Pick<Deployment, 'endpoint'>, table: string): Promise<Item[]> {
  const client = clientOf(DynamoDBClient, endpoint);
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    for (const item of page.Items ?? []) items.push(unmarshall(item) as Item);
  }
  return items;
}
