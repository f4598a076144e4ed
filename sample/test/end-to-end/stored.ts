import { serviceOf, tableOf } from '../../../deployed/discover';
import type { OrderView } from '../../../lambdas/checkout/order-view';
import type { Order } from '../../../lambdas/orders/order';
import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import type { ProcessedRecord } from '../../../lambdas/runtime/work/commit';
import { emittedEvents } from '../../../observe/effects';
import { scanItems } from '../../../observe/items';
import { scanRecords } from '../../../observe/records';
import type { Deployed } from './deployed';

/** Returns what checkout has stored for requests: their records and orders. Ignores records of events. */
export async function storedByCheckout({ deployment }: Deployed): Promise<{ requests: string[]; orders: string[] }> {
  const { records, endpoints } = serviceOf(deployment, 'checkout');
  const consumers = new Set(endpoints.map(({ name }) => `checkout.${name}`));
  const [stored, views] = await Promise.all([
    scanItems<ProcessedRecord>(deployment, records),
    scanItems<OrderView>(deployment, tableOf(deployment, 'checkout', 'order-views')),
  ]);
  const requests = stored.map(({ id }) => id).filter((id) => consumers.has(id.slice(0, id.indexOf('#'))));
  return { requests: requests.sort(), orders: views.map(({ orderId }) => orderId).sort() };
}

/** Returns the ids of all orders. */
export async function storedOrders({ deployment }: Deployed): Promise<string[]> {
  const orders = await scanItems<Order>(deployment, tableOf(deployment, 'orders', 'orders'));
  return orders.map(({ orderId }) => orderId).sort();
}

/** Returns the events with a name that a service has emitted for an order. */
export async function emitted(
  { deployment }: Deployed,
  service: string,
  name: string,
  orderId: string,
): Promise<OutgoingEvent[]> {
  const { records } = await scanRecords(deployment, serviceOf(deployment, service));
  return emittedEvents(records).filter(
    (event) => event.name === name && (event.detail.data as { orderId: string }).orderId === orderId,
  );
}
