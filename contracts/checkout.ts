import * as z from 'zod/mini';
import { defineEvent } from './contract';
import { Identifier, Money, OrderLines } from './values';

/** A customer's order was accepted, at the prices of checkout's catalogue. */
export const OrderPlaced = defineEvent({
  name: 'OrderPlaced',
  owner: 'checkout',
  version: 1,
  schema: z.object({ orderId: Identifier, customerId: Identifier, lines: OrderLines, total: Money }),
});
