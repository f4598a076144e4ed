import * as z from 'zod/mini';
import { defineEvent, upcast } from './core/contract';
import { Identifier } from './core/text';

/** The callback types of v1. An added value needs a new version, because a consumer of v1 would reject it. */
const CallbackTypeV1 = z.enum(['order.confirmed', 'order.cancelled', 'order.completed']);

/** The events that a customer receives a callback for: the `type` of a Standard Webhooks message. */
export const CallbackType = z.enum(['order.payment-delayed', ...CallbackTypeV1.options]);
export type CallbackType = z.infer<typeof CallbackType>;

/** Days after an event within which the callback for it is delivered or has failed, all retries included. */
export const CALLBACK_REPORT_DAYS = 12;

const delivered = <Type extends z.ZodMiniType<CallbackType>>(type: Type) =>
  z.object({ orderId: Identifier, type, attempts: z.int().check(z.minimum(1)) });

/** The customer's receiver accepted the callback. */
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

/** The callback is not sent again: its address is not allowed, its receiver answered 410, or all attempts failed. */
export const CallbackFailed = defineEvent({
  name: 'CallbackFailed',
  owner: 'callbacks',
  version: 2,
  schema: failed(CallbackType),
  upcasts: { 1: upcast(failed(CallbackTypeV1), (data) => data) },
});

const due = <Type extends z.ZodMiniType<CallbackType>>(type: Type) =>
  z.object({ orderId: Identifier, type, attempt: z.int().check(z.minimum(1)) });

/** Reminder: makes an attempt to deliver a callback of this order, unless that attempt was made already. */
export const CallbackDue = defineEvent({
  name: 'CallbackDue',
  owner: 'callbacks',
  version: 2,
  channel: 'reminder',
  schema: due(CallbackType),
  upcasts: { 1: upcast(due(CallbackTypeV1), (data) => data) },
});
