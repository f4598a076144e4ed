import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { personal, secret } from './core/sensitivity';
import { Identifier, Url } from './core/text';
import { Money, OrderLines } from './values';

/** A customer's order was accepted, at the prices of checkout's catalogue. */
export const OrderPlaced = defineEvent({
  name: 'OrderPlaced',
  owner: 'checkout',
  version: 1,
  schema: z.object({
    orderId: Identifier,
    customerId: personal(Identifier),
    lines: OrderLines,
    total: Money,
    /** Where the customer wants to be told of the outcome. */
    callbackUrl: z.optional(secret(Url)),
  }),
});
