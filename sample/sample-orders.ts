import type { OrderRequest } from './order-client';

/** The end of an order. */
export type Outcome = 'completed' | 'out-of-stock' | 'payment-declined';

export interface SampleOrder {
  readonly request: OrderRequest;
  readonly expected: Outcome;
}

/**
 * The kinds of sample orders. The prices in the catalogue, the seeded stock and the payment limit of 1,000.00 decide their
 * outcomes. Three of five are completed. One contains an article that is out of stock, so that its other lines must be
 * released and its payment refunded. One exceeds the payment limit.
 */
const kinds: readonly { readonly expected: Outcome; readonly lines: OrderRequest['lines'] }[] = [
  { expected: 'completed', lines: [{ sku: 'espresso-cup', quantity: 2 }] },
  {
    expected: 'out-of-stock',
    lines: [
      { sku: 'teapot', quantity: 1 },
      { sku: 'rare-beans', quantity: 1 },
    ],
  },
  {
    expected: 'completed',
    lines: [
      { sku: 'kettle', quantity: 1 },
      { sku: 'teapot', quantity: 3 },
    ],
  },
  { expected: 'payment-declined', lines: [{ sku: 'roaster', quantity: 1 }] },
  { expected: 'completed', lines: [{ sku: 'grinder', quantity: 1 }] },
];

/** Every third customer registers a callback. Coprime to the number of kinds, so that each kind has both. */
const CALLBACK_INTERVAL = 3;

/**
 * Returns orders with all outcomes. The same count always returns the same orders.
 *
 * @param callbackUrl - where a third of the customers receive the outcome. @default all customers poll
 */
export function sampleOrders(count: number, callbackUrl?: string): SampleOrder[] {
  return Array.from({ length: count }, (_, index) => {
    const { expected, lines } = kinds[index % kinds.length] as (typeof kinds)[number];
    const request = { customerId: `customer-${index % 20}`, lines };
    return {
      expected,
      request: callbackUrl && index % CALLBACK_INTERVAL === 0 ? { ...request, callbackUrl } : request,
    };
  });
}
