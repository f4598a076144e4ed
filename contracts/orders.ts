import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { personal } from './core/sensitivity';
import { Identifier } from './core/text';
import { Money, OrderLines } from './values';

/** The order exists and its process has begun: stock is to be reserved and the money collected, side by side. */
export const OrderCreated = defineEvent({
  name: 'OrderCreated',
  owner: 'orders',
  version: 1,
  schema: z.object({ orderId: Identifier, customerId: personal(Identifier), lines: OrderLines, total: Money }),
});

/** Stock is reserved and the money collected: the goods may leave. */
export const OrderConfirmed = defineEvent({
  name: 'OrderConfirmed',
  owner: 'orders',
  version: 1,
  schema: z.object({ orderId: Identifier, customerId: personal(Identifier), lines: OrderLines }),
});

/** Why an order is cancelled: the first cause that the orders service learnt of. */
export const CancellationReason = z.enum(['out-of-stock', 'payment-declined', 'payment-overdue']);
export type CancellationReason = z.infer<typeof CancellationReason>;

/** The order will not be fulfilled: who holds stock or money for it gives it back. */
export const OrderCancelled = defineEvent({
  name: 'OrderCancelled',
  owner: 'orders',
  version: 1,
  schema: z.object({ orderId: Identifier, reason: CancellationReason }),
});

/** The goods have arrived: nothing is left to do. */
export const OrderCompleted = defineEvent({
  name: 'OrderCompleted',
  owner: 'orders',
  version: 1,
  schema: z.object({ orderId: Identifier }),
});

/** Reminder: the order may be waiting for too long; look whether it is. */
export const OrderDue = defineEvent({
  name: 'OrderDue',
  owner: 'orders',
  version: 1,
  channel: 'reminder',
  schema: z.object({
    orderId: Identifier,
    /** What is due: the end of the payment window, or a look at the order's progress; `resume` nudges it in any case. */
    what: z.enum(['payment', 'progress', 'resume']),
    /** How often progress was looked for before. */
    nudges: z.int().check(z.nonnegative()),
  }),
});
