import type { Money, OrderLine } from '../../contracts/values';
import { type FieldError, Problem, pointer } from '../runtime/http/http';
import catalogue from './catalogue.json';
import type { OrderRequest } from './order-request';

const prices: ReadonlyMap<string, number> = new Map(Object.entries(catalogue.prices));

/**
 * Returns the total of an order at the catalogue's prices.
 *
 * @throws Problem 422 when an article is not in the catalogue, or the client expects another total
 */
export function price({ lines, expectedTotal }: OrderRequest): Money {
  const unknown = lines.flatMap(({ sku }, index): FieldError[] =>
    prices.has(sku) ? [] : [{ pointer: pointer(['lines', index, 'sku']), detail: 'is not in the catalogue' }],
  );
  if (unknown.length > 0) throw new Problem(422, 'unknown-article', 'An article is not in the catalogue', unknown);

  const total = { amount: lines.reduce((sum, line) => sum + linePrice(line), 0), currency: catalogue.currency };
  if (expectedTotal && (expectedTotal.amount !== total.amount || expectedTotal.currency !== total.currency)) {
    throw new Problem(422, 'unexpected-total', 'The total differs from the expected total', [
      { pointer: '#/expectedTotal', detail: `the total is ${total.amount} ${total.currency}, in the minor unit` },
    ]);
  }
  return total;
}

function linePrice({ sku, quantity }: OrderLine): number {
  return (prices.get(sku) ?? 0) * quantity;
}
