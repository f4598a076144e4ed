import type { OrderRequest } from './order-client';

/** How an order ends. */
export type Outcome = 'completed' | 'out-of-stock' | 'payment-declined';

export interface SampleOrder {
  readonly request: OrderRequest;
  readonly expected: Outcome;
}

/**
 * What the sample orders ask for. The catalogue's prices, the stock's seed and the payments' limit of 1,000.00 decide how
 * each ends. Three of five are completed; one asks beside other things for an article that is sold out, so that stock of
 * other lines must not stay reserved and its money must be given back; one is too expensive.
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

/** One in so many customers wants to be called back; it has no divisor in common with the number of kinds. */
const CALLED_BACK = 3;

/**
 * Orders of all outcomes, always the same ones.
 *
 * @param callbackUrl where a third of the customers want to be told of the outcome
 */
export function sampleOrders(count: number, callbackUrl?: string): SampleOrder[] {
  return Array.from({ length: count }, (_, index) => {
    const { expected, lines } = kinds[index % kinds.length] as (typeof kinds)[number];
    const request = { customerId: `customer-${index % 20}`, lines };
    return { expected, request: callbackUrl && index % CALLED_BACK === 0 ? { ...request, callbackUrl } : request };
  });
}
