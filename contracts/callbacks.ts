import * as z from 'zod/mini';
import { defineEvent } from './contract';
import { Identifier } from './values';

/** What a customer is told of: Standard Webhooks' event types. */
export const CallbackType = z.enum(['order.confirmed', 'order.cancelled', 'order.completed']);
export type CallbackType = z.infer<typeof CallbackType>;

/** The customer's receiver has taken the callback. */
export const CallbackDelivered = defineEvent({
  name: 'CallbackDelivered',
  owner: 'callbacks',
  version: 1,
  schema: z.object({ orderId: Identifier, type: CallbackType, attempts: z.int().check(z.minimum(1)) }),
});

/** The callback will not be sent again: the address is refused, its receiver is gone, or all attempts failed. */
export const CallbackFailed = defineEvent({
  name: 'CallbackFailed',
  owner: 'callbacks',
  version: 1,
  schema: z.object({
    orderId: Identifier,
    type: CallbackType,
    attempts: z.int().check(z.nonnegative()),
    reason: z.enum(['address-refused', 'gone', 'attempts-exhausted']),
  }),
});

/** Reminder: a callback of this order is to be sent, or sent again, unless this attempt was made already. */
export const CallbackDue = defineEvent({
  name: 'CallbackDue',
  owner: 'callbacks',
  version: 1,
  channel: 'reminder',
  schema: z.object({ orderId: Identifier, type: CallbackType, attempt: z.int().check(z.minimum(1)) }),
});
