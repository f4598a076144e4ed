import * as z from 'zod/mini';
import { CallbackType } from './callbacks';
import { defineEvent } from './core/contract';
import { personal, secret } from './core/sensitivity';
import { Identifier, Url } from './core/text';
import { CancellationReason } from './orders';
import { Money, OrderLines } from './values';

/** Checkout accepted a customer's order, at the prices of its catalogue. */
export const OrderPlaced = defineEvent({
  name: 'OrderPlaced',
  owner: 'checkout',
  version: 1,
  // A customer with thousands of orders must not delay the others.
  fairBy: 'customerId',
  schema: z.object({
    orderId: Identifier,
    customerId: personal(Identifier),
    lines: OrderLines,
    total: Money,
    /** The URL that receives callbacks on the order's outcome. Absent when the customer only polls. */
    callbackUrl: z.optional(secret(Url)),
  }),
});

/** The customer of this order wants a callback for an event that has reached checkout. No order without a callback URL has one. */
export const CallbackRequested = defineEvent({
  name: 'CallbackRequested',
  owner: 'checkout',
  version: 1,
  schema: z.object({
    orderId: Identifier,
    type: CallbackType,
    /** The time of the event. */
    occurredAt: z.iso.datetime(),
    /** The event's reason, for cancellations. */
    reason: z.optional(CancellationReason),
    callbackUrl: secret(Url),
  }),
});
