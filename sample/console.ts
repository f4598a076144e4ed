import { randomUUID } from 'node:crypto';
import { noProgress } from '../cli/progress';
import type { Described } from '../console/api';
import type { ConsoleExtension, FaultSwitch, FlowEvent, TrafficAction } from '../console/extension';
import { apiUrl, type Deployment, tableOf } from '../deployed/discover';
import type { BankSimulation } from '../lambdas/payment-provider/simulation';
import { scanItems } from '../observe/items';
import { simulate } from './bank-client';
import { placeOrder } from './order-client';
import { sampleOrders } from './sample-orders';
import { placeAll } from './traffic';

/** Each names the state of an order. The later one in this list is the later state. */
const STATES: readonly (readonly [string, string])[] = [
  ['checkout.OrderPlaced', 'placed'],
  ['orders.OrderConfirmed', 'confirmed'],
  ['shipping.ShipmentDispatched', 'dispatched'],
  ['orders.OrderCompleted', 'completed'],
  ['orders.OrderCancelled', 'cancelled'],
];

const place = (deployment: Deployment, sku: string) =>
  placeOrder(apiUrl(deployment, 'checkout'), { customerId: 'ada', lines: [{ sku, quantity: 1 }] }, randomUUID());

function burst(id: string, count: number): TrafficAction {
  return {
    id,
    label: `Place ${count} at once`,
    description: 'Orders with all outcomes. Watch the queues turn the burst into a steady flow.',
    run: async (deployment) => void (await placeAll(apiUrl(deployment, 'checkout'), sampleOrders(count), noProgress)),
  };
}

/** A switch that changes a part of the bank's simulation, and leaves its other parts. */
function bankFault(described: Described, part: BankSimulation): FaultSwitch {
  const read = async (deployment: Deployment) =>
    (await scanItems<BankSimulation>(deployment, tableOf(deployment, 'payment-provider', 'simulation')))[0] ?? {};
  const names = Object.keys(part) as (keyof BankSimulation)[];
  return {
    ...described,
    isOn: async (deployment) => {
      const simulated = await read(deployment);
      return names.every((name) => simulated[name] === part[name]);
    },
    apply: async (deployment, on) => {
      const others = Object.entries(await read(deployment)).filter(([name]) => !names.includes(name as never));
      await simulate(deployment, { ...Object.fromEntries(others), ...(on && part) });
    },
  };
}

/** The sample's part of the web console: an order's name and state, buttons that place orders, and faults of the bank. */
export const consoleExtension = {
  faults: [
    bankFault(
      {
        id: 'bank-down',
        label: 'The bank fails',
        description: 'It answers 503. The circuit opens, payments wait, and they are collected when the bank is back.',
      },
      { outageUntil: '9999-12-31T23:59:59.000Z' },
    ),
    bankFault(
      {
        id: 'no-webhooks',
        label: 'Webhooks of the bank are lost',
        description: 'The bank sends no callbacks. Payments look up the outcome of each charge a few seconds later.',
      },
      { callback: 'none' },
    ),
  ],
  traffic: [
    {
      id: 'one-order',
      label: 'Place one order',
      description: 'A teapot, which is in stock.',
      run: async (deployment) => void (await place(deployment, 'teapot')),
    },
    {
      id: 'failing-order',
      label: 'Place a failing order',
      description: 'A roaster, which exceeds the payment limit: the order is cancelled.',
      run: async (deployment) => void (await place(deployment, 'roaster')),
    },
    burst('small-burst', 100),
    burst('burst', 500),
  ],
  describeFlow: (events) => {
    const orderId = events.map(orderIdOf).find((id) => id !== undefined);
    const contracts = new Set(events.map(({ contract }) => contract));
    const status = STATES.filter(([contract]) => contracts.has(contract)).at(-1)?.[1];
    const title = orderId ? `Order ${orderId.slice(0, 8)}` : (events[0]?.contract ?? 'No events');
    return { title, ...(status !== undefined && { status }) };
  },
} satisfies ConsoleExtension;

function orderIdOf({ data }: FlowEvent): string | undefined {
  if (typeof data !== 'object' || data === null || !('orderId' in data)) return undefined;
  return typeof data.orderId === 'string' ? data.orderId : undefined;
}
