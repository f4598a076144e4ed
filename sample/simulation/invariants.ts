import type { DataOf } from '../../contracts/core/contract';
import type { OrderDue } from '../../contracts/orders';
import type { Callbacks } from '../../lambdas/callbacks/callbacks';
import { type OrderView, status as statusOf } from '../../lambdas/checkout/order-view';
import { followOrder } from '../../lambdas/checkout/service';
import { patience } from '../../lambdas/orders/patience';
import { checkOrder } from '../../lambdas/orders/service';
import { consumerOf } from '../../lambdas/runtime/declare/declaration';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import { readOutbox } from '../../lambdas/runtime/events/outbox';
import { emittedEvents } from '../../observe/effects';
import { checkQueue, findSharedIds } from '../../observe/histories';
import type { SystemParts, WorldView } from '../../test/simulation/system';
import { findViolations as findBroken, type Snapshot } from '../invariants';
import type { SimulatedBank } from './bank';
import type { Receiver } from './receiver';
import type { StepChecks } from './steps';
import type { Customers } from './workload';

const HOUR = 60 * 60 * 1_000;
/** The longest orders take eight hours, when services are down and their reminders are lost. */
const MOST_HOURS = 24;
/** Clocks of two instances differ by four minutes at most. */
const MOST_SKEW = 5 * 60_000;
const CHECK_ORDER = consumerOf(checkOrder);

interface Outsiders {
  readonly parts: SystemParts;
  readonly bank: SimulatedBank;
  readonly customers: Customers;
  readonly receiver: Receiver;
  readonly steps: StepChecks;
  /** The stock of each article at the beginning. */
  readonly shelf: Readonly<Record<string, number>>;
  /** The number of placed orders. */
  readonly size: number;
}

/** Returns all violations at the end of a run, each with the correlation ids of the orders that it names. */
export function findViolations(world: WorldView, outsiders: Outsiders): string[] {
  const snapshot = takeSnapshot(world, outsiders);
  const emitted = emittedEvents(snapshot.records);
  const found = [
    ...wrongAnswers(outsiders.customers, snapshot, outsiders.size),
    ...findBroken(snapshot, emitted).map(({ detail }) => detail),
    ...openCallbacks(world),
    ...outsiders.receiver.findViolations(),
    ...wrongViews(world, snapshot, emitted),
    ...outsiders.steps.violations,
    ...openWindows(snapshot),
    ...slowOrders(snapshot, world.faults.downtime, outsiders.steps.flagged),
  ];
  return found.map((text) => `${text}${correlationsOf(text, emitted)}`);
}

/** What customers saw: every placed order is accepted, under one id, exists, and is found; no status goes back. */
function wrongAnswers(
  { answers, accepted, statuses, unknown }: Customers,
  { orders }: Snapshot,
  placed: number,
): string[] {
  const known = orders.map(({ orderId }) => orderId);
  const { lost, unexpected } = checkQueue({ attempted: accepted, accepted, effects: known });
  return [
    ...lost.map((orderId) => `Order ${orderId} was accepted and is lost.`),
    ...unexpected.map((orderId) => `Nobody has placed order ${orderId}.`),
    ...findSharedIds(answers).map((name) => `The request of ${name} was accepted under several ids.`),
    ...(accepted.size === placed ? [] : [`${placed} orders were placed, ${accepted.size} accepted.`]),
    ...unknown.map((orderId) => `Order ${orderId} was accepted and not found.`),
    ...statuses.regressions.map(({ id, from, to }) => `The customer of order ${id} saw ${from}, then ${to}.`),
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

/** The view of a customer must have every event of the order once, and so the status of the order. */
function wrongViews({ services }: WorldView, { orders }: Snapshot, emitted: readonly OutgoingEvent[]): string[] {
  const views = services.items<OrderView>('checkout', 'order-views');
  // A view begins with OrderPlaced, which checkout itself publishes.
  const followed = new Set<string>(['OrderPlaced', ...followOrder.to.map(({ name }) => name)]);
  const occurred = emitted
    .filter(({ name }) => followed.has(name))
    .map(({ name, detail }) => milestoneOf(name, detail.data as { orderId: string; type?: string }));
  const { lost, repeated, unexpected } = checkQueue({
    attempted: occurred,
    accepted: occurred,
    effects: views.flatMap(({ orderId, history }) =>
      history.map(({ event, callback }) => milestoneOf(event, { orderId, type: callback })),
    ),
  });
  const seen = new Map(views.map((view) => [view.orderId, statusOf(view)]));
  return [
    ...lost.map((what) => `The view has not ${what}.`),
    ...repeated.map(({ id, times }) => `The view has ${times} times ${id}.`),
    ...unexpected.map((what) => `The view has ${what}, which did not happen.`),
    ...orders
      .filter(({ orderId, status }) => seen.get(orderId) !== status)
      .map(({ orderId, status }) => `The customer of order ${orderId} sees ${seen.get(orderId)}, and it is ${status}.`),
  ];
}

/** An order without an answer about its payment must be cancelled when its payment window closes. */
function openWindows({ orders, records }: Snapshot): string[] {
  // A check that schedules the next one found an open order. Outdated reminders have no effect.
  const checks = records.flatMap((record) => {
    const next = record.id.startsWith(`${CHECK_ORDER}#`) ? readOutbox(record).events : [];
    return next.flatMap(({ name, detail }) => (name === 'OrderDue' ? [detail] : []));
  });
  const ofOrder = new Map(orders.map((order) => [order.orderId, order]));
  return checks.flatMap(({ metadata, data }) => {
    const { orderId } = data as DataOf<typeof OrderDue>;
    const facts = ofOrder.get(orderId)?.facts;
    const checked = Date.parse(metadata.occurredAt) - MOST_SKEW;
    const end = Date.parse(facts?.OrderCreated ?? '') + patience.paymentWindow * 1_000;
    if (!facts || facts.PaymentOverdue !== undefined || !(checked >= end)) return [];
    const answers = [facts.PaymentCompleted, facts.PaymentFailed, facts.OrderCancelled].flatMap((at) => at ?? []);
    const answered = Math.min(...answers.map((at) => Date.parse(at)));
    if (answered <= checked + 2 * MOST_SKEW) return [];
    return [`The payment window of order ${orderId} was closed, and it was not cancelled.`];
  });
}

/**
 * An order ends within a day after all outages, although reminders are lost, unless it needed an operator, who comes at the end.
 *
 * @param downtime in milliseconds
 */
function slowOrders({ orders }: Snapshot, downtime: number, flagged: ReadonlySet<string>): string[] {
  return orders.flatMap(({ orderId, facts }) => {
    if (flagged.has(orderId)) return [];
    const [from, to] = [facts.OrderCreated, facts.OrderCompleted ?? facts.OrderCancelled];
    const hours = from && to ? (Date.parse(to) - Date.parse(from)) / HOUR : 0;
    return hours <= MOST_HOURS + downtime / HOUR ? [] : [`Order ${orderId} took ${Math.round(hours)} hours.`];
  });
}

function milestoneOf(event: string, { orderId, type = '' }: { orderId: string; type?: string }): string {
  return `${event} ${type} of order ${orderId}`.replace('  ', ' ');
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
    records: manifests.flatMap(({ service }) => services.effects(service)),
    receipts: services.receipts(manifests),
    services: manifests,
  };
}

/** Returns the correlation ids of the orders in a violation, to find their history. */
function correlationsOf(text: string, emitted: readonly OutgoingEvent[]): string {
  const concerned = emitted.filter(({ detail }) => {
    const { orderId } = detail.data as { readonly orderId?: string };
    return orderId !== undefined && text.includes(orderId);
  });
  const ids = new Set(concerned.map(({ detail }) => detail.metadata.correlationId));
  return [...ids].map((id) => ` (correlation ${id})`).join('');
}
