import type { Reservation, Stock } from '../lambdas/inventory/stock';
import type { Order } from '../lambdas/orders/order';
import type { Payment } from '../lambdas/payments/payment';
import type { PaymentEntry } from '../lambdas/reconciliation/payment-book';
import type { OutgoingEvent } from '../lambdas/runtime/events/envelope';
import type { OutboxRecord } from '../lambdas/runtime/events/outbox';
import type { Shipment } from '../lambdas/shipping/shipment';
import { checkEffects, emittedEvents, type ServiceFunctions } from '../observe/effects';
import { type Booking, findBookDifferences, findProviderDifferences } from './books';

/** Everything that the services have stored. */
export interface Snapshot {
  readonly orders: readonly Pick<Order, 'orderId' | 'facts' | 'status' | 'ended'>[];
  readonly stock: readonly Stock[];
  /** The seeded stock: article → quantity. */
  readonly seed: Readonly<Record<string, number>>;
  readonly reservations: readonly Reservation[];
  readonly payments: readonly Pick<Payment, 'orderId' | 'status' | 'amount'>[];
  readonly shipments: readonly Shipment[];
  /** The provider's books. Undefined for a real provider, whose books cannot be read. */
  readonly bookings?: readonly Booking[];
  /** Reconciliation's book of payments. */
  readonly paymentBook: readonly PaymentEntry[];
  /** The records of all services: those of their idempotency tables, and those that the items of inboxes keep. */
  readonly records: readonly OutboxRecord[];
  /** The receipts of all inboxes, with a record or without, as `<consumer>#<id of the event>`. */
  readonly receipts: readonly string[];
  /** The deployed subscriptions, endpoints and schedules. */
  readonly services: readonly ServiceFunctions[];
}

/** The invariants, which must hold when all orders have ended and all events were processed. */
export const invariants = {
  ended: 'each accepted order ends',
  charged: 'no order is charged twice, or charged and lost',
  booked: 'every charge and refund of the provider is in the book of payments',
  conserved: 'stock is conserved',
  released: 'a cancelled order holds neither stock nor money',
  delivered: 'each event has exactly one effect at each subscriber',
  emitted: 'no subscriber has processed an event that was never emitted',
  unique: 'no two events have the same id',
} as const;

/** The prefix of the ids of events that operators send. No service has emitted them. */
export const OPERATOR = 'operator-';

export type Invariant = keyof typeof invariants;

/** A violated invariant. */
export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
}

/** Returns all violations in a snapshot. @param emitted the events in its records */
export function findViolations(
  snapshot: Snapshot,
  emitted: readonly OutgoingEvent[] = emittedEvents(snapshot.records),
): Violation[] {
  return [
    ...findUnended(snapshot, emitted),
    ...findWrongCharges(snapshot, emitted),
    ...findDifferentBooks(snapshot),
    ...findStockDifferences(snapshot),
    ...findHeldByCancelled(snapshot),
    ...findWrongEffects(snapshot, emitted),
  ];
}

/** Returns whether all orders have ended and all events were processed. Before that, other violations are temporary. */
export function isIdle(violations: readonly Violation[]): boolean {
  return !violations.some(({ invariant }) => invariant === 'ended' || invariant === 'delivered');
}

function violation(invariant: Invariant, detail: string): Violation {
  return { invariant, detail };
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
      violation('ended', `Order ${id} was accepted and is ${known.get(id)?.status ?? 'unknown'}.`),
    ),
    ...unknown.map(({ orderId }) => violation('ended', `Order ${orderId} exists and was never accepted.`)),
  ];
}

function findWrongCharges(snapshot: Snapshot, emitted: readonly OutgoingEvent[]): Violation[] {
  const charges = countBy(emitted, 'PaymentCompleted');
  const refunds = countBy(emitted, 'PaymentRefunded');
  const payments = indexBy(snapshot.payments);
  const orders = indexBy(snapshot.orders);
  const found: Violation[] = [];
  for (const orderId of new Set([...charges.keys(), ...refunds.keys(), ...payments.keys(), ...orders.keys()])) {
    const add = (what: string) => found.push(violation('charged', `Order ${orderId} ${what}.`));
    const [charged, refunded] = [charges.get(orderId) ?? 0, refunds.get(orderId) ?? 0];
    const payment = payments.get(orderId)?.status;
    const order = orders.get(orderId);
    if (charged > 1) add(`was charged ${charged} times`);
    if (refunded > charged) add(`was charged ${charged} times and refunded ${refunded} times`);
    const held = charged - refunded;
    if ((payment === 'completed') !== (held === 1))
      add(`holds ${held} payments, but its payment is ${payment ?? 'unknown'}`);
    if (held > 0 && order === undefined) add('was charged, but does not exist in orders');
    if (order?.status === 'completed' && payment !== 'completed')
      add(`is completed, but its payment is ${payment ?? 'unknown'}`);
  }
  return found;
}

function findDifferentBooks({ bookings, payments, paymentBook }: Snapshot): Violation[] {
  if (!bookings) return [];
  return [
    ...findProviderDifferences(bookings, payments).map((detail) => violation('charged', detail)),
    ...findBookDifferences(bookings, paymentBook).map((detail) => violation('booked', detail)),
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
    const [free, reserved, seeded] = [available.get(sku) ?? 0, held.get(sku) ?? 0, seed[sku] ?? 0];
    const sum = `Article ${sku}: ${free} available and ${reserved} reserved, of ${seeded} seeded.`;
    if (free + reserved !== seeded || free < 0) found.push(violation('conserved', sum));
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
      : [violation('released', `Order ${orderId} is cancelled and still has ${held.join(' and ')}.`)];
  });
}

/** The records, and the receipts of events that have no record. */
function effects({ records, receipts }: Pick<Snapshot, 'records' | 'receipts'>): OutboxRecord[] {
  const recorded = new Set(records.map(({ id }) => id));
  return [...records, ...receipts.filter((id) => !recorded.delete(id)).map((id) => ({ id }))];
}

function findWrongEffects(snapshot: Snapshot, emitted: readonly OutgoingEvent[]): Violation[] {
  const { undelivered, phantoms, reusedIds } = checkEffects({
    records: effects(snapshot),
    services: snapshot.services,
    emitted,
    // A reminder can be due long after the order has ended.
    isAwaited: ({ channel }) => channel !== 'reminder',
    describe: (event) => `${event.name} ${event.detail.metadata.id} of order ${orderIdOf(event)}`,
  });
  return [
    ...undelivered.map((detail) => violation('delivered', detail)),
    ...phantoms.filter((detail) => !detail.includes(`#${OPERATOR}`)).map((detail) => violation('emitted', detail)),
    ...reusedIds.map((detail) => violation('unique', detail)),
  ];
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
