import * as z from 'zod/mini';
import { Identifier } from '../../contracts/core/text';
import { Money, OrderLines } from '../../contracts/values';
import { addressProblem, addressRules } from '../runtime/webhooks/webhook-address';

/** The body of `POST /orders`. Checkout sets the prices. A client can state the total that it expects. */
export const OrderRequest = z.strictObject({
  customerId: Identifier,
  lines: OrderLines.check(
    z.superRefine((lines, context) => {
      const seen = new Set<string>();
      for (const [index, { sku }] of lines.entries()) {
        if (seen.has(sku))
          context.addIssue({ code: 'custom', path: [index, 'sku'], message: 'occurs in the order more than once' });
        seen.add(sku);
      }
    }),
  ),
  expectedTotal: z.optional(Money),
  /** The URL that receives callbacks. Validated without DNS: every attempt checks the resolved addresses. */
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
