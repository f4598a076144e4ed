import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { Identifier } from './core/text';

/** Every line of the order is set aside. */
export const StockReserved = defineEvent({
  name: 'StockReserved',
  owner: 'inventory',
  version: 1,
  schema: z.object({ orderId: Identifier }),
});

/** No line of the order is set aside: a line is out of stock, or the order was cancelled before. */
export const StockRejected = defineEvent({
  name: 'StockRejected',
  owner: 'inventory',
  version: 1,
  schema: z.object({ orderId: Identifier, reason: z.enum(['out-of-stock', 'order-cancelled']) }),
});

/** What was set aside for the order is available again. */
export const StockReleased = defineEvent({
  name: 'StockReleased',
  owner: 'inventory',
  version: 1,
  schema: z.object({ orderId: Identifier }),
});
