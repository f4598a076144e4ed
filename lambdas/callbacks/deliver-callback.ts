import type { CallbackType } from '../../contracts/callbacks';
import { readSecret } from '../runtime/aws/secret';
import { type Consumer, consume } from '../runtime/consume/consume';
import { deterministicId } from '../runtime/events/ids';
import type { Random } from '../runtime/retry';
import { type SigningSecrets, sendWebhook, type WebhookMessage, type WebhookResult } from '../runtime/webhooks/webhook';
import { addressRules } from '../runtime/webhooks/webhook-address';
import { type Callback, dueCallback, recordAttempt, skipAttempt } from './callbacks';
import { type Pace, paceOf } from './pace';
import { saveAttempt } from './save-change';
import { callbackTable, deliverCallback, webhookSigning } from './service';

/** The result of an attempt, and when it ended. */
export interface Attempt {
  readonly result: WebhookResult;
  readonly endedAt: Date;
}

/** The dependencies of {@link deliverWith} outside this service. */
export interface Outside {
  /** Makes an attempt. @param now when the attempt begins */
  send(message: WebhookMessage, now: Date): Promise<Attempt>;
  readonly random: Random;
  pace(): Pace;
}

export const handler = deliverWith({
  send: async (message) => {
    const secrets = await readSecret<SigningSecrets>(webhookSigning);
    const result = await sendWebhook(message, secrets, { rules: addressRules() });
    return { result, endedAt: new Date() };
  },
  random: Math.random,
  pace: paceOf,
});

/**
 * Makes the attempt that a reminder is due for, then commits its result. After a crash in between, the attempt is repeated with
 * the same `webhook-id`, so that the receiver can deduplicate it.
 */
export function deliverWith({ send, random, pace }: Outside): Consumer {
  // When a concurrent change makes the commit fail, the handler runs again. The webhook must not be sent again.
  const attempts = new WeakMap<object, Promise<Attempt>>();
  const once = (event: object, message: WebhookMessage, now: Date): Promise<Attempt> => {
    const attempt = attempts.get(event) ?? send(message, now);
    attempts.set(event, attempt);
    return attempt;
  };

  return consume(deliverCallback, async ({ orderId, type, attempt }, work, event) => {
    const before = await work.load(callbackTable(orderId));
    const callback = before && dueCallback(before, type, attempt);
    if (!callback) return;
    // An attempt that was made is recorded, even if a concurrent change would have prevented it.
    const skipped = attempts.has(event) ? undefined : skipAttempt(before, type, work.now, pace());
    if (skipped) return saveAttempt(before, skipped, work);
    const { result, endedAt } = await once(event, messageOf(orderId, type, before.callbackUrl, callback), work.now);
    saveAttempt(before, recordAttempt(before, type, result, { now: endedAt, pace: pace(), random: random() }), work);
  });
}

function messageOf(orderId: string, type: CallbackType, url: string, callback: Callback): WebhookMessage {
  const { occurredAt: timestamp, reason } = callback;
  return { id: webhookId(orderId, type), url, type, timestamp, data: { orderId, ...(reason && { reason }) } };
}

/** Returns the id of a callback. All its attempts have the same id, so that the receiver can deduplicate them. */
export function webhookId(orderId: string, type: CallbackType): string {
  return `msg_${deterministicId('callback', orderId, type)}`;
}
