import type { CallbackType } from '../../contracts/callbacks';
import { readSecret } from '../runtime/aws/secret';
import { type Consumer, consume } from '../runtime/consume/consume';
import { deterministicId } from '../runtime/events/ids';
import type { Random } from '../runtime/retry';
import { type SigningSecrets, sendWebhook, type WebhookMessage, type WebhookResult } from '../runtime/webhooks/webhook';
import { addressRules } from '../runtime/webhooks/webhook-address';
import { attemptable, type CallbackDelivery, insteadOfAttempt, recordAttempt } from './callbacks';
import { type Pace, paceOf } from './pace';
import { loadCallbacks, saveAttempt } from './save-change';
import { deliverCallback, webhookSigning } from './service';

/** What an attempt came to, and when it was over. */
export interface Attempt {
  readonly result: WebhookResult;
  readonly endedAt: Date;
}

/** What delivering needs of the world outside. */
export interface Outside {
  /** @param now when the attempt begins */
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
 * Makes the attempt that a reminder asks for, then commits what it came to. A crash in between makes the attempt again, under
 * the same `webhook-id`: the receiver takes it once.
 */
export function deliverWith({ send, random, pace }: Outside): Consumer {
  // While a message is worked on, others may change the order's callbacks. Then it is decided again, but not sent again.
  const attempts = new WeakMap<object, Promise<Attempt>>();
  const once = (event: object, message: WebhookMessage, now: Date): Promise<Attempt> => {
    const attempt = attempts.get(event) ?? send(message, now);
    attempts.set(event, attempt);
    return attempt;
  };

  return consume(deliverCallback, async ({ orderId, type, attempt }, work, event) => {
    const before = await loadCallbacks(orderId, work);
    const delivery = attemptable(before, type, attempt);
    if (!delivery || !before.url) return;
    // An attempt that has begun counts, whatever has happened meanwhile.
    const instead = attempts.has(event) ? undefined : insteadOfAttempt(before, type, work.now, pace());
    if (instead) return saveAttempt(before, instead, work);
    const { result, endedAt } = await once(event, messageOf(orderId, type, before.url, delivery), work.now);
    saveAttempt(before, recordAttempt(before, type, result, { now: endedAt, pace: pace(), random: random() }), work);
  });
}

function messageOf(orderId: string, type: CallbackType, url: string, delivery: CallbackDelivery): WebhookMessage {
  const { occurredAt: timestamp, reason } = delivery;
  return { id: webhookId(orderId, type), url, type, timestamp, data: { orderId, ...(reason && { reason }) } };
}

/** The same at every attempt, so that the receiver knows what it has taken before. */
export function webhookId(orderId: string, type: CallbackType): string {
  return `msg_${deterministicId('callback', orderId, type)}`;
}
