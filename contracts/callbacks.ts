import * as z from 'zod/mini';
import { defineEvent, upcast } from './core/contract';
import { Identifier } from './core/text';

/** What v1 of these contracts told customers of. A value more is a new version: who knows only v1 could not take it. */
const CallbackTypeV1 = z.enum(['order.confirmed', 'order.cancelled', 'order.completed']);

/** What a customer is told of: Standard Webhooks' event types. */
export const CallbackType = z.enum(['order.payment-delayed', ...CallbackTypeV1.options]);
export type CallbackType = z.infer<typeof CallbackType>;

const delivered = <Type extends z.ZodMiniType<CallbackType>>(type: Type) =>
  z.object({ orderId: Identifier, type, attempts: z.int().check(z.minimum(1)) });

/** The customer's receiver has taken the callback. */
export const CallbackDelivered = defineEvent({
  name: 'CallbackDelivered',
  owner: 'callbacks',
  version: 2,
  schema: delivered(CallbackType),
  upcasts: { 1: upcast(delivered(CallbackTypeV1), (data) => data) },
});

const failed = <Type extends z.ZodMiniType<CallbackType>>(type: Type) =>
  z.object({
    orderId: Identifier,
    type,
    attempts: z.int().check(z.nonnegative()),
    reason: z.enum(['address-refused', 'gone', 'attempts-exhausted']),
  });

/** The callback will not be sent again: the address is refused, its receiver is gone, or all attempts failed. */
export const CallbackFailed = defineEvent({
  name: 'CallbackFailed',
  owner: 'callbacks',
  version: 2,
  schema: failed(CallbackType),
  upcasts: { 1: upcast(failed(CallbackTypeV1), (data) => data) },
});

const due = <Type extends z.ZodMiniType<CallbackType>>(type: Type) =>
  z.object({ orderId: Identifier, type, attempt: z.int().check(z.minimum(1)) });

/** Reminder: a callback of this order is to be sent, or sent again, unless this attempt was made already. */
export const CallbackDue = defineEvent({
  name: 'CallbackDue',
  owner: 'callbacks',
  version: 2,
  channel: 'reminder',
  schema: due(CallbackType),
  upcasts: { 1: upcast(due(CallbackTypeV1), (data) => data) },
});
