import * as z from 'zod/mini';
import { Identifier, Money, OrderLines } from '../../contracts/values';

/** What a client sends to `POST /orders`. Prices are checkout's business: a client may only say what it expects. */
export const OrderRequest = z.strictObject({
  customerId: Identifier,
  lines: OrderLines.check(
    z.superRefine((lines, context) => {
      const seen = new Set<string>();
      for (const [index, { sku }] of lines.entries()) {
        if (seen.has(sku))
          context.addIssue({ code: 'custom', path: [index, 'sku'], message: 'is in the order already' });
        seen.add(sku);
      }
    }),
  ),
  expectedTotal: z.optional(Money),
});
export type OrderRequest = z.infer<typeof OrderRequest>;
