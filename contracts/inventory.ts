import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { Identifier } from './core/text';

/** All lines of the order are reserved. */
export const StockReserved = defineEvent({
  name: 'StockReserved',
  owner: 'inventory',
  version: 1,
  schema: z.object({ orderId: Identifier }),
});

/** No line of the order is reserved: a line is out of stock, or the cancellation arrived first. */
export const StockRejected = defineEvent({
  name: 'StockRejected',
  owner: 'inventory',
  version: 1,
  schema: z.object({ orderId: Identifier, reason: z.enum(['out-of-stock', 'order-cancelled']) }),
});

/** The stock that was reserved for the order is available again. */
export const StockReleased = defineEvent({
  name: 'StockReleased',
  owner: 'inventory',
  version: 1,
  schema: z.object({ orderId: Identifier }),
});
