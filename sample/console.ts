import { randomUUID } from 'node:crypto';
import { noProgress } from '../cli/progress';
import type { ConsoleExtension, FlowEvent } from '../console/extension';
import { apiUrl, type Deployment } from '../deployed/discover';
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

/** The sample's part of the web console: an order's name and state, and buttons that place orders. */
export const consoleExtension = {
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
    {
      id: 'burst',
      label: 'Place 500 at once',
      description: 'Orders with all outcomes. Watch the queues turn the burst into a steady flow.',
      run: async (deployment) => void (await placeAll(apiUrl(deployment, 'checkout'), sampleOrders(500), noProgress)),
    },
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
