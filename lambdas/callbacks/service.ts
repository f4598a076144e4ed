import { CallbackDelivered, CallbackDue, CallbackFailed } from '../../contracts/callbacks';
import { CallbackRequested } from '../../contracts/checkout';
import { defineService } from '../runtime/declare/service';
import type { WorkOf } from '../runtime/work/work';
import type { Callbacks } from './callbacks';

/** Notifies customers of the progress and outcome of their orders by signed webhooks. */
export const callbacks = defineService('callbacks');

export const callbackTable = callbacks
  .table('callbacks', { key: 'orderId', inboxOf: ['notify-customer', 'deliver-callback'] })
  .of<Callbacks>();
export const webhookSigning = callbacks.sharedKey('webhook-signing');

export const notifyCustomer = callbacks.subscription('notify-customer', {
  to: [CallbackRequested],
  emits: [CallbackDue],
  uses: [callbackTable],
});

export const deliverCallback = callbacks.subscription('deliver-callback', {
  to: [CallbackDue],
  emits: [CallbackDelivered, CallbackFailed, CallbackDue],
  uses: [callbackTable],
  secrets: [webhookSigning],
});

/** The unit of work of every function that schedules attempts. */
export type CallbackWork = WorkOf<typeof notifyCustomer>;

/** The unit of work of the function that makes attempts and publishes their results. */
export type AttemptWork = WorkOf<typeof deliverCallback>;
