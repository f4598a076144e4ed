import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { Identifier } from './core/text';
import { Money } from './values';

/** The order's amount is to be collected. */
export const PaymentRequested = defineEvent({
  name: 'PaymentRequested',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier, amount: Money }),
});

/** The provider cannot be asked now. The order stays open, and its money is collected later. At most once for an order. */
export const PaymentDelayed = defineEvent({
  name: 'PaymentDelayed',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier }),
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

/** The provider does not work: payments has stopped calling it, and what needs it waits. For operators. */
export const PaymentProviderLost = defineEvent({
  name: 'PaymentProviderLost',
  audience: 'external',
  owner: 'payments',
  version: 1,
  schema: z.object({ dependency: Identifier }),
});

/** The provider works again, and what has waited for it goes on. For operators. */
export const PaymentProviderRegained = defineEvent({
  name: 'PaymentProviderRegained',
  audience: 'external',
  owner: 'payments',
  version: 1,
  schema: z.object({ dependency: Identifier }),
});

/**
 * Money moved at the payment provider. On payments' own topic rather than the bus: it is bookkeeping for those who subscribe
 * directly, not a step of the order flow.
 */
export const PaymentRecorded = defineEvent({
  name: 'PaymentRecorded',
  owner: 'payments',
  version: 1,
  channel: 'topic',
  schema: z.object({
    orderId: Identifier,
    kind: z.enum(['charge', 'refund']),
    amount: Money,
    /** The provider's id of the charge. */
    chargeId: Identifier,
    /** The calendar day of the provider's books, `YYYY-MM-DD` in UTC. */
    bookedOn: z.iso.date(),
  }),
});

/** Reminder: a charge was asked for and its outcome should be known by now. */
export const ChargeDue = defineEvent({
  name: 'ChargeDue',
  owner: 'payments',
  version: 1,
  channel: 'reminder',
  schema: z.object({ orderId: Identifier, look: z.int().check(z.minimum(1)) }),
});
