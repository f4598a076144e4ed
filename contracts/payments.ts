import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { Identifier } from './core/text';
import { Money } from './values';

/** Payments has opened the order's payment: the amount is to be collected from the provider. */
export const PaymentRequested = defineEvent({
  name: 'PaymentRequested',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier, amount: Money }),
});

/** The provider is unavailable. The order stays open, and its money is collected later. At most one per order. */
export const PaymentDelayed = defineEvent({
  name: 'PaymentDelayed',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier }),
});

/** The provider has collected the money. */
export const PaymentCompleted = defineEvent({
  name: 'PaymentCompleted',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier, amount: Money }),
});

/** No money was collected: the provider declined the charge, or the order was cancelled first. */
export const PaymentFailed = defineEvent({
  name: 'PaymentFailed',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier, reason: z.enum(['declined', 'order-cancelled']) }),
});

/** The provider has refunded the money. */
export const PaymentRefunded = defineEvent({
  name: 'PaymentRefunded',
  owner: 'payments',
  version: 1,
  schema: z.object({ orderId: Identifier, amount: Money }),
});

/** For operators: the provider is unavailable. Payments has stopped calling it, and messages that need it wait. */
export const PaymentProviderLost = defineEvent({
  name: 'PaymentProviderLost',
  audience: 'external',
  owner: 'payments',
  version: 1,
  schema: z.object({ dependency: Identifier }),
});

/** For operators: the provider is available again, and the messages that waited for it are processed. */
export const PaymentProviderRegained = defineEvent({
  name: 'PaymentProviderRegained',
  audience: 'external',
  owner: 'payments',
  version: 1,
  schema: z.object({ dependency: Identifier }),
});

/**
 * The provider carried out a charge or a refund. Published on the topic of payments instead of the bus, because it is bookkeeping
 * for direct subscribers and not a step of the order flow.
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
    /** The charge's id at the provider. */
    chargeId: Identifier,
    /** The day on which the provider booked it, in the provider's time zone: `YYYY-MM-DD`. */
    bookedOn: z.iso.date(),
  }),
});

/** Reminder: looks up a charge whose callback has not arrived. */
export const ChargeDue = defineEvent({
  name: 'ChargeDue',
  owner: 'payments',
  version: 1,
  channel: 'reminder',
  schema: z.object({
    orderId: Identifier,
    /** The number of the look-up, from 1. */
    look: z.int().check(z.minimum(1)),
  }),
});
