import type { Reservation, Stock } from '../lambdas/inventory/stock';
import type { Order } from '../lambdas/orders/order';
import type { Payment } from '../lambdas/payments/payment';
import type { BookEntry } from '../lambdas/reconciliation/payment-book';
import type { OutgoingEvent } from '../lambdas/runtime/events/envelope';
import type { ProcessedRecord } from '../lambdas/runtime/work/commit';
import type { Shipment } from '../lambdas/shipping/shipment';
import type { EndpointManifest, Manifest, ScheduleManifest, SubscriptionManifest } from '../lib/broker/manifest';
import { type Booking, findBookDifferences, findProviderDifferences } from './books';

/** The functions of a service that keep records, as its manifest has them. */
export interface ServiceFunctions extends Pick<Manifest, 'service'> {
  readonly subscriptions: readonly Pick<SubscriptionManifest, 'name' | 'to'>[];
  readonly endpoints: readonly Pick<EndpointManifest, 'name'>[];
  readonly schedules?: readonly Pick<ScheduleManifest, 'name'>[];
}

/** All that the services have stored, at one moment. */
export interface Snapshot {
  readonly orders: readonly Pick<Order, 'orderId' | 'facts' | 'status' | 'ended'>[];
  readonly stock: readonly Stock[];
  /** What was on the shelf in the beginning: article → pieces. */
  readonly seed: Readonly<Record<string, number>>;
  readonly reservations: readonly Reservation[];
  readonly payments: readonly Pick<Payment, 'orderId' | 'status' | 'amount'>[];
  readonly shipments: readonly Shipment[];
  /** The provider's books; undefined where they cannot be read. */
  readonly bookings?: readonly Booking[];
  /** Reconciliation's book of payments. */
  readonly paymentBook: readonly BookEntry[];
  /** The idempotency tables of all services. */
  readonly records: readonly Pick<ProcessedRecord, 'id' | 'outbox'>[];
  /** Who receives what, and which endpoints and schedules have records of their own. */
  readonly services: readonly ServiceFunctions[];
}

/** What must hold once nothing is under way any more. */
export const invariants = {
  ended: 'each accepted order ends',
  charged: 'no order is charged twice, or charged and lost',
  booked: 'every charge and refund of the provider is in the book of payments',
  conserved: 'stock is conserved',
  released: 'a cancelled order holds neither stock nor money',
  delivered: 'each event has exactly one effect at each subscriber',
  emitted: 'no subscriber has processed an event that nobody emitted',
  unique: 'no two events have the same id',
} as const;

/** How the ids of events begin that a person made: no service has emitted them. */
export const OPERATOR = 'operator-';

export type Invariant = keyof typeof invariants;

/** An invariant that does not hold, and where. */
export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
}

/** Everything that is wrong with what is stored; nothing, when all invariants hold. */
export function findViolations(snapshot: Snapshot): Violation[] {
  const emitted = emittedEvents(snapshot);
  return [
    ...findUnended(snapshot, emitted),
    ...findWrongCharges(snapshot, emitted),
    ...findDifferentBooks(snapshot),
    ...findStockDifferences(snapshot),
    ...findHeldByCancelled(snapshot),
    ...findUndelivered(snapshot, emitted),
    ...findPhantoms(snapshot, emitted),
    ...findSharedIds(emitted),
  ];
}

/** Whether nothing is under way any more: before that, the other invariants say nothing. */
export function isAtRest(violations: readonly Violation[]): boolean {
  return !violations.some(({ invariant }) => invariant === 'ended' || invariant === 'delivered');
}

function violated(invariant: Invariant, detail: string): Violation {
  return { invariant, detail };
}

function emittedEvents({ records }: Snapshot): OutgoingEvent[] {
  return records.flatMap(({ outbox }) => JSON.parse(outbox ?? '[]') as OutgoingEvent[]);
}

function idOf(event: OutgoingEvent): string {
  return event.detail.metadata.id;
}

/** `owner.Name`, as manifests have it. */
function contractOf({ source, name }: OutgoingEvent): string {
  return `${source}.${name}`;
}

function orderIdOf({ detail }: OutgoingEvent): string {
  return (detail.data as { orderId: string }).orderId;
}

function findUnended({ orders }: Snapshot, emitted: readonly OutgoingEvent[]): Violation[] {
  const known = indexBy(orders);
  const accepted = new Set(emitted.filter(({ name }) => name === 'OrderPlaced').map(orderIdOf));
  const unended = [...accepted].filter((orderId) => !known.get(orderId)?.ended);
  const unknown = orders.filter(({ orderId }) => !accepted.has(orderId));
  return [
    ...unended.map((id) =>
      violated('ended', `Order ${id} was accepted and is ${known.get(id)?.status ?? 'not known'}.`),
    ),
    ...unknown.map(({ orderId }) => violated('ended', `Order ${orderId} exists and was never accepted.`)),
  ];
}

function findWrongCharges(snapshot: Snapshot, emitted: readonly OutgoingEvent[]): Violation[] {
  const charges = countBy(emitted, 'PaymentCompleted');
  const refunds = countBy(emitted, 'PaymentRefunded');
  const payments = indexBy(snapshot.payments);
  const orders = indexBy(snapshot.orders);
  const found: Violation[] = [];
  for (const orderId of new Set([...charges.keys(), ...refunds.keys(), ...payments.keys(), ...orders.keys()])) {
    const say = (what: string) => found.push(violated('charged', `Order ${orderId} ${what}.`));
    const [charged, refunded] = [charges.get(orderId) ?? 0, refunds.get(orderId) ?? 0];
    const payment = payments.get(orderId)?.status;
    const order = orders.get(orderId);
    if (charged > 1) say(`was charged ${charged} times`);
    if (refunded > charged) say(`was charged ${charged} times and refunded ${refunded} times`);
    const held = charged - refunded;
    if ((payment === 'completed') !== (held === 1))
      say(`holds ${held} payments, but its payment is ${payment ?? 'not known'}`);
    if (held > 0 && order === undefined) say('was charged, but is not known to orders');
    if (order?.status === 'completed' && payment !== 'completed')
      say(`is completed, but its payment is ${payment ?? 'not known'}`);
  }
  return found;
}

function findDifferentBooks({ bookings, payments, paymentBook }: Snapshot): Violation[] {
  if (!bookings) return [];
  return [
    ...findProviderDifferences(bookings, payments).map((detail) => violated('charged', detail)),
    ...findBookDifferences(bookings, paymentBook).map((detail) => violated('booked', detail)),
  ];
}

function findStockDifferences({ seed, stock, reservations }: Snapshot): Violation[] {
  const held = new Map<string, number>();
  for (const { lines } of reservations.filter(({ status }) => status === 'reserved')) {
    for (const { sku, quantity } of lines) held.set(sku, (held.get(sku) ?? 0) + quantity);
  }
  const available = new Map(stock.map((one) => [one.sku, one.available]));
  const found: Violation[] = [];
  for (const sku of new Set([...Object.keys(seed), ...available.keys(), ...held.keys()])) {
    const [there, set, begun] = [available.get(sku) ?? 0, held.get(sku) ?? 0, seed[sku] ?? 0];
    const sum = `Article ${sku}: ${there} available and ${set} reserved, of ${begun} in the beginning.`;
    if (there + set !== begun || there < 0) found.push(violated('conserved', sum));
  }
  return found;
}

function findHeldByCancelled({ orders, reservations, payments, shipments }: Snapshot): Violation[] {
  const stock = indexBy(reservations);
  const money = indexBy(payments);
  const parcels = indexBy(shipments);
  const cancelled = orders.filter(({ facts }) => facts.OrderCancelled !== undefined);
  return cancelled.flatMap(({ orderId }) => {
    const held = [
      stock.get(orderId)?.status === 'reserved' && 'stock',
      money.get(orderId)?.status === 'completed' && 'money',
      parcels.has(orderId) && 'a shipment',
    ].filter((one) => one !== false);
    return held.length === 0
      ? []
      : [violated('released', `Order ${orderId} is cancelled and has ${held.join(' and ')}.`)];
  });
}

function findUndelivered({ records, services }: Snapshot, emitted: readonly OutgoingEvent[]): Violation[] {
  const counts = new Map<string, number>();
  for (const { id } of records) counts.set(id, (counts.get(id) ?? 0) + 1);
  // A reminder comes when it is due, and may be late: nothing waits for it.
  const awaited = emitted.filter(({ channel }) => channel !== 'reminder');
  return awaited.flatMap((event) =>
    subscribersOf(contractOf(event), services).flatMap((consumer) => {
      const count = counts.get(`${consumer}#${idOf(event)}`) ?? 0;
      const times = count === 0 ? 'has not' : `has ${count} times`;
      const detail = `${consumer} ${times} processed ${event.name} ${idOf(event)} of order ${orderIdOf(event)}.`;
      return count === 1 ? [] : [violated('delivered', detail)];
    }),
  );
}

function findPhantoms({ records, services }: Snapshot, emitted: readonly OutgoingEvent[]): Violation[] {
  const subscriptions = new Set(
    services.flatMap(({ service, subscriptions: all }) => all.map(({ name }) => `${service}.${name}`)),
  );
  // Their records are of requests, and of what the clock found.
  const others = new Set(
    services.flatMap(({ service, endpoints, schedules = [] }) =>
      [...endpoints, ...schedules].map(({ name }) => `${service}.${name}`),
    ),
  );
  const expected = new Set(
    emitted.flatMap((event) =>
      subscribersOf(contractOf(event), services).map((consumer) => `${consumer}#${idOf(event)}`),
    ),
  );
  return records.flatMap(({ id }) => {
    const [worker, cause] = [id.slice(0, id.indexOf('#')), id.slice(id.indexOf('#') + 1)];
    // An adapter's own work, as `payments.collect-payment:degraded`, is done on its consumer's event.
    const consumer = worker.replace(/:.*/, '');
    if (others.has(consumer) || expected.has(`${consumer}#${cause}`) || cause.startsWith(OPERATOR)) return [];
    const what = subscriptions.has(consumer) ? 'an event that nobody emitted for it' : 'something, but is not deployed';
    return [violated('emitted', `${consumer} has processed ${what}: record ${id}.`)];
  });
}

/** An event may be sent again, but what has its id has all of its metadata: it is the same event. */
function findSharedIds(emitted: readonly OutgoingEvent[]): Violation[] {
  const first = new Map<string, string>();
  return emitted.flatMap((event) => {
    const identity = JSON.stringify([event.name, event.detail.metadata]);
    const known = first.get(idOf(event)) ?? identity;
    first.set(idOf(event), known);
    const detail = `${event.name} ${idOf(event)} of order ${orderIdOf(event)} has the id of another event.`;
    return known === identity ? [] : [violated('unique', detail)];
  });
}

function subscribersOf(contract: string, services: Snapshot['services']): string[] {
  return services.flatMap(({ service, subscriptions }) =>
    subscriptions.filter(({ to }) => to.includes(contract)).map(({ name }) => `${service}.${name}`),
  );
}

function indexBy<Item extends { readonly orderId: string }>(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [item.orderId, item]));
}

function countBy(emitted: readonly OutgoingEvent[], name: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of emitted.filter((one) => one.name === name)) {
    counts.set(orderIdOf(event), (counts.get(orderIdOf(event)) ?? 0) + 1);
  }
  return counts;
}
