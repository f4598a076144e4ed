import * as z from 'zod/mini';
import { Identifier } from '../../contracts/core/text';
import { Money, OrderLines } from '../../contracts/values';
import { addressProblem, addressRules } from '../runtime/webhooks/webhook-address';

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
  /** Where the customer is told what became of the order, as far as the URL alone says whether it may be called. */
  callbackUrl: z.optional(
    z.string().check(
      z.superRefine((url, context) => {
        const message = addressProblem(url, addressRules());
        if (message) context.addIssue({ code: 'custom', message });
      }),
    ),
  ),
});
export type OrderRequest = z.infer<typeof OrderRequest>;
