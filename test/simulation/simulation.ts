import type { Callbacks } from '../../lambdas/callbacks/callbacks';
import type { OutgoingEvent } from '../../lambdas/runtime/events/envelope';
import { findViolations, type Snapshot } from '../../sample/invariants';
import { BANK, bankEndpoints } from '../../sample/simulation/bank';
import { schedules } from '../../sample/simulation/system';
import { Customers, planOutages, stockUp } from '../../sample/simulation/workload';
import type { Fault } from './faults';
import { START, World, type WorldOptions } from './world';

export interface SimulationOptions extends WorldOptions {
  readonly orders: number;
}

export interface SimulationResult {
  readonly seed: number;
  readonly orders: number;
  readonly faults: readonly Fault[];
  readonly redriven: number;
  /** Ended as completed, and as cancelled. */
  readonly completed: number;
  readonly cancelled: number;
  /** What does not hold; empty when all is well. */
  readonly violations: readonly string[];
  /** What happened to the orders of which something does not hold; only when it is asked for. */
  readonly history?: readonly string[];
}

/**
 * Runs one world from its first order to its rest: with faults until all has settled, then without them, with every dead
 * letter put back. Then everything must hold. The same options give the same run.
 */
export async function simulate({ orders, ...options }: SimulationOptions): Promise<SimulationResult> {
  const world = new World(options);
  const seed = await stockUp(world, orders);
  const customers = new Customers(world);
  planOutages(world);
  customers.place(orders);
  await world.time.run();

  world.faults.on = false;
  const redriven = world.redrive();
  world.wind();
  await world.time.run();

  const snapshot = takeSnapshot(world, seed);
  const ended = (status: string) => snapshot.orders.filter((order) => order.status === status).length;
  const violations = [
    ...lostOrders(customers, snapshot, orders),
    ...(world.deadLetters() > 0 ? [`${world.deadLetters()} dead letters are left though the faults are over.`] : []),
    ...findViolations(snapshot).map(({ detail }) => detail),
    ...openCallbacks(world),
  ];
  const faults = world.faults.injected;
  const history = world.history?.tell(START.getTime(), faults, requestsBehind(violations, snapshot));
  return {
    seed: options.seed,
    orders,
    faults,
    redriven,
    completed: ended('completed'),
    cancelled: ended('cancelled'),
    violations,
    ...(history && { history }),
  };
}

/** The requests, by their correlation ids, for the orders that violations speak of. */
function requestsBehind(violations: readonly string[], { records }: Snapshot): Set<string> {
  const text = violations.join(' ');
  const events = records.flatMap(({ outbox }) => JSON.parse(outbox ?? '[]') as OutgoingEvent[]);
  const concerned = events.filter(({ detail }) => text.includes((detail.data as { orderId?: string }).orderId ?? '-'));
  return new Set(concerned.map(({ detail }) => detail.metadata.correlationId));
}

/** I1: whoever was told that an order is accepted has that order; and everybody was told in the end. */
function lostOrders({ accepted }: Customers, { orders }: Snapshot, placed: number): string[] {
  const known = new Set(orders.map(({ orderId }) => orderId));
  const lost = [...accepted].filter((orderId) => !known.has(orderId));
  return [
    ...lost.map((orderId) => `Order ${orderId} was accepted and is lost.`),
    ...(accepted.size === placed ? [] : [`${placed} orders were placed, ${accepted.size} accepted.`]),
  ];
}

/** Every callback is delivered or reported. */
function openCallbacks({ services }: World): string[] {
  return services.items<Callbacks>('callbacks', 'callbacks').flatMap(({ orderId, deliveries }) =>
    Object.entries(deliveries)
      .filter(([, { status }]) => status === 'waiting' || status === 'sending')
      .map(([type, { status }]) => `The callback ${type} of order ${orderId} is ${status} for ever.`),
  );
}

const endpoints: Readonly<Record<string, readonly string[]>> = {
  checkout: ['place-order'],
  payments: ['receive-callback'],
  [BANK]: bankEndpoints,
};

function takeSnapshot({ services, subscriptions, bank }: World, seed: Readonly<Record<string, number>>): Snapshot {
  const names = ['callbacks', 'checkout', 'orders', 'inventory', 'payments', BANK, 'shipping', 'reconciliation'];
  return {
    orders: services.items('orders', 'orders'),
    stock: services.items('inventory', 'stock'),
    seed,
    reservations: services.items('inventory', 'reservations'),
    payments: services.items('payments', 'payments'),
    shipments: services.items('shipping', 'shipments'),
    bookings: bank.books(),
    paymentBook: services.items('reconciliation', 'payment-book'),
    records: names.flatMap((service) => services.items<Snapshot['records'][number]>(service, 'records')),
    services: names.map((service) => ({
      service,
      subscriptions: subscriptions
        .filter((one) => one.service === service)
        .map(({ name, to, emits }) => ({
          name: name.slice(service.length + 1),
          function: '',
          queue: '',
          deadLetterQueue: '',
          to: to.map((contract) => `${contract.owner}.${contract.name}`),
          emits: emits.map((contract) => `${contract.owner}.${contract.name}`),
        })),
      endpoints: (endpoints[service] ?? []).map((name) => ({ name, function: '', route: '', emits: [] })),
      schedules: schedules
        .filter((one) => one.service === service)
        .map(({ name }) => ({ name: name.slice(service.length + 1), function: '', deadLetterQueue: '' })),
    })),
  };
}
