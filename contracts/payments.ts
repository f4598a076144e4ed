import * as z from 'zod/mini';
import { defineEvent } from './contract';
import { Identifier, Money } from './values';

/** The order's amount is to be collected. */
export const PaymentRequested = defineEvent({
  name: 'PaymentRequested',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier, amount: Money }),
});

/** The money is there. */
export const PaymentCompleted = defineEvent({
  name: 'PaymentCompleted',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier, amount: Money }),
});

/** No money was taken: the payment was declined, or the order was cancelled before. */
export const PaymentFailed = defineEvent({
  name: 'PaymentFailed',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier, reason: z.enum(['declined', 'order-cancelled']) }),
});

/** The money was given back. */
export const PaymentRefunded = defineEvent({
  name: 'PaymentRefunded',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier, amount: Money }),
});
