import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { personal } from './core/sensitivity';
import { Identifier } from './core/text';
import { Money, OrderLines } from './values';

/** The order's process has started: inventory reserves stock and payments collects the money, in parallel. */
export const OrderCreated = defineEvent({
  name: 'OrderCreated',
  owner: 'orders',
  version: 1,
  schema: z.object({ orderId: Identifier, customerId: personal(Identifier), lines: OrderLines, total: Money }),
});

/** Stock is reserved and the money collected: shipping dispatches the goods. */
export const OrderConfirmed = defineEvent({
  name: 'OrderConfirmed',
  owner: 'orders',
  version: 1,
  schema: z.object({ orderId: Identifier, customerId: personal(Identifier), lines: OrderLines }),
});

/** The reason for a cancellation: the first cause that reached the orders service. */
export const CancellationReason = z.enum(['out-of-stock', 'payment-declined', 'payment-overdue']);
export type CancellationReason = z.infer<typeof CancellationReason>;

/** The order will not be fulfilled: inventory releases its stock, and payments refunds its money. */
export const OrderCancelled = defineEvent({
  name: 'OrderCancelled',
  owner: 'orders',
  version: 1,
  schema: z.object({ orderId: Identifier, reason: CancellationReason }),
});

/** The goods have arrived, and the order's process has ended. */
export const OrderCompleted = defineEvent({
  name: 'OrderCompleted',
  owner: 'orders',
  version: 1,
  schema: z.object({ orderId: Identifier }),
});

/** Reminder: checks whether the order has waited too long. */
export const OrderDue = defineEvent({
  name: 'OrderDue',
  owner: 'orders',
  version: 1,
  channel: 'reminder',
  schema: z.object({
    orderId: Identifier,
    /** `progress` checks the order, `resume` nudges it without a check. Earlier versions had a reminder of the `payment` window. */
    what: z.enum(['payment', 'progress', 'resume']),
    /** The number of nudges before this check. */
    nudges: z.int().check(z.nonnegative()),
  }),
});
