import { formatTable } from '../../cli/table';
import { handler as placeOrder } from '../../lambdas/checkout/place-order';
import { stock } from '../../lambdas/inventory/service';
import { Invocation } from '../../test/simulation/invocation';
import type { Usage } from '../../test/simulation/services';
import type { SystemParts } from '../../test/simulation/system';
import { World } from '../../test/simulation/world';
import { httpRequest } from '../../test/support/http-request';
import { makeSystem } from './system';

const SKUS = ['teapot', 'kettle'];
const ENDPOINT = 'checkout.place-order';
const FUNCTION_SECONDS = 30;
/** Part of every stage but prod. */
const BANK = /^payment-provider\./;
/** The functions in the flow of an order. Those that a fork has added have no budget. */
const FLOW = new Set([
  'callbacks.notify-customer',
  'checkout.follow-order',
  'checkout.place-order',
  'inventory.reserve-stock',
  'orders.advance-order',
  'orders.check-order',
  'payments.collect-payment',
  'payments.look-up-charge',
  'payments.receive-callback',
  'payments.request-payment',
  'shipping.deliver-shipment',
  'shipping.dispatch-shipment',
]);
/** The functions that keep the books of reconciliation. */
const BOOKS = new Set(['reconciliation.record-order', 'reconciliation.record-payment']);

/** What orders have consumed, without the simulated bank. */
export class Consumption {
  constructor(
    private readonly usages: readonly Usage[],
    /** The number of orders. All of them were completed. */
    private readonly orders: number,
  ) {}

  /** Units for an order in the functions of its flow. */
  get flow(): { readonly write: number; readonly read: number } {
    return this.sum(FLOW);
  }

  /** Units for an order in the books of reconciliation. */
  get books(): { readonly write: number; readonly read: number } {
    return this.sum(BOOKS);
  }

  /** A table of the units for an order, by function and table. */
  toString(): string {
    const lines = new Map<string, { units: number; items: number; bytes: number }>();
    for (const { by, of, kind, units, bytes } of this.usages) {
      const key = JSON.stringify([functionOf(by), of, kind]);
      const line = lines.get(key) ?? { units: 0, items: 0, bytes: 0 };
      lines.set(key, { units: line.units + units, items: line.items + 1, bytes: Math.max(line.bytes, bytes) });
    }
    const each = (number: number) => (number / this.orders).toFixed(2);
    const rows = [...lines]
      .sort()
      .map(([key, { units, items, bytes }]) => [...JSON.parse(key), each(units), each(items), bytes]);
    return formatTable(['function', 'table', 'kind', 'units', 'items', 'largest item (bytes)'], rows);
  }

  private sum(functions: ReadonlySet<string>) {
    const counted = this.usages.filter(({ by }) => functions.has(functionOf(by)));
    const of = (kind: Usage['kind']) =>
      counted.filter((one) => one.kind === kind).reduce((sum, { units }) => sum + units, 0) / this.orders;
    return { write: of('write'), read: of('read') };
  }
}

/**
 * Places orders at the same moment in a world without faults, each of two articles and without callbacks, and counts the capacity
 * units until all reminders are done.
 */
export async function consume(parts: SystemParts, orders: number): Promise<Consumption> {
  const usages: Usage[] = [];
  const meter = (usage: Usage) => usages.push(usage);
  const world = new World(makeSystem(parts), { seed: 1, only: new Set(), meter });
  const shelf = SKUS.map((sku) => ({ kind: 'create', ref: stock(sku), item: { sku, available: orders } }) as const);
  await world.services.seed('inventory', shelf);
  usages.length = 0;
  for (let order = 1; order <= orders; order++) place(order, world);
  await world.time.run();
  const { completed } = world.system.outcomes();
  if (completed !== orders) throw new Error(`${completed} of ${orders} orders were completed.`);
  return new Consumption(
    usages.filter(({ of }) => !BANK.test(of)),
    orders,
  );
}

/** Reads the function from the name of an invocation. */
function functionOf(invocation: string): string {
  return invocation.replace(/ .*/, '');
}

function place(order: number, world: World): void {
  const body = { customerId: `customer-${order}`, lines: SKUS.map((sku) => ({ sku, quantity: 1 })) };
  const request = httpRequest('POST /orders', body);
  const headers = { ...request.headers, 'idempotency-key': `order-${order}` };
  const nothing = () => {};
  const invocation = new Invocation(world, `${ENDPOINT} ${order}`, nothing, FUNCTION_SECONDS);
  const runtime = world.runtime('checkout', ENDPOINT, invocation);
  invocation.run(() => placeOrder.run({ ...request, headers }, runtime), nothing, nothing);
}
