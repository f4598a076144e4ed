import type { Callbacks } from '../../lambdas/callbacks/callbacks';
import { type OrderView, status as statusOf } from '../../lambdas/checkout/order-view';
import type { Order } from '../../lambdas/orders/order';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import type { SystemParts, WorldView } from '../../test/simulation/system';
import { findViolations as findBroken, type Snapshot } from '../invariants';
import type { SimulatedBank } from './bank';
import type { Receiver } from './receiver';
import type { Customers } from './workload';

interface Outsiders {
  readonly parts: SystemParts;
  readonly bank: SimulatedBank;
  readonly customers: Customers;
  readonly receiver: Receiver;
  /** The stock of each article at the beginning. */
  readonly shelf: Readonly<Record<string, number>>;
  /** The number of placed orders. */
  readonly size: number;
}

/** Returns all violations at the end of a run, each with the correlation ids of the orders that it names. */
export function findViolations(world: WorldView, outsiders: Outsiders): string[] {
  const snapshot = takeSnapshot(world, outsiders);
  const found = [
    ...lostOrders(outsiders.customers, snapshot, outsiders.size),
    ...findBroken(snapshot).map(({ detail }) => detail),
    ...openCallbacks(world),
    ...outsiders.receiver.findViolations(),
    ...wrongViews(world),
  ];
  return found.map((text) => `${text}${correlationsOf(text, snapshot)}`);
}

/** Every accepted order must exist, and every placed order must have been accepted. */
function lostOrders({ accepted }: Customers, { orders }: Snapshot, placed: number): string[] {
  const known = new Set(orders.map(({ orderId }) => orderId));
  const lost = [...accepted].filter((orderId) => !known.has(orderId));
  return [
    ...lost.map((orderId) => `Order ${orderId} was accepted and is lost.`),
    ...(accepted.size === placed ? [] : [`${placed} orders were placed, ${accepted.size} accepted.`]),
  ];
}

/** Every callback must be final: delivered, failed or outdated. */
function openCallbacks({ services }: WorldView): string[] {
  return services.items<Callbacks>('callbacks', 'callbacks').flatMap(({ orderId, byType }) =>
    Object.entries(byType)
      .filter(([, { status }]) => status === 'waiting' || status === 'sending')
      .map(([type, { status }]) => `The callback ${type} of order ${orderId} is still ${status}.`),
  );
}

/** The status that a customer sees must be the status of the order. */
function wrongViews({ services }: WorldView): string[] {
  const views = new Map(services.items<OrderView>('checkout', 'order-views').map((view) => [view.orderId, view]));
  return services.items<Order>('orders', 'orders').flatMap(({ orderId, status }) => {
    const view = views.get(orderId);
    const seen = view && statusOf(view);
    return seen === status ? [] : [`The customer of order ${orderId} sees ${seen}, and it is ${status}.`];
  });
}

function takeSnapshot({ services }: WorldView, { parts, bank, shelf }: Outsiders): Snapshot {
  const { manifests } = parts;
  return {
    orders: services.items('orders', 'orders'),
    stock: services.items('inventory', 'stock'),
    seed: shelf,
    reservations: services.items('inventory', 'reservations'),
    payments: services.items('payments', 'payments'),
    shipments: services.items('shipping', 'shipments'),
    bookings: bank.books(),
    paymentBook: services.items('reconciliation', 'payment-book'),
    records: manifests.flatMap(({ service }) => services.items<Snapshot['records'][number]>(service, 'records')),
    services: manifests,
  };
}

/** Returns the correlation ids of the orders in a violation, to find their history. */
function correlationsOf(text: string, { records }: Snapshot): string {
  const events = records.flatMap(({ outbox }) => JSON.parse(outbox ?? '[]') as OutgoingEvent[]);
  const concerned = events.filter(({ detail }) => text.includes((detail.data as { orderId?: string }).orderId ?? '-'));
  const ids = new Set(concerned.map(({ detail }) => detail.metadata.correlationId));
  return [...ids].map((id) => ` (correlation ${id})`).join('');
}
