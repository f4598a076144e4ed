import { reachable } from '../runtime/http/reachable';
import type { SecretsSource } from '../runtime/http/signed';
import { signedHeaders } from '../runtime/webhooks/webhook';
import { outgoingHeaders, recordCall } from '../runtime/work/current-cause';
import { type Charge, show } from './charge';

const TIMEOUT_MILLISECONDS = 10_000;

/** The request of a callback to the merchant. */
export interface Webhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The dependencies of {@link notifyMerchant}. */
export interface Outside {
  readonly secrets: SecretsSource;
  /** Sends a webhook. @returns the HTTP status of the response, or 0 when there was none */
  post(url: string, webhook: Webhook): Promise<number>;
}

/**
 * Sends the outcome of a charge to the merchant's callback URL, signed according to Standard Webhooks. Every attempt has a new
 * signature, and the same id and body.
 *
 * @returns the HTTP status of the response, or 0 when there was none
 */
export async function notifyMerchant(charge: Charge, { secrets, post }: Outside, now: Date): Promise<number> {
  const { chargeId, callbackUrl = '', outcome, outcomeAt } = charge;
  // As it is at the time of the outcome: the clock of this instance can be behind.
  const data = show(charge, new Date(outcomeAt));
  const body = JSON.stringify({ type: `charge.${outcome}`, timestamp: outcomeAt, data });
  return post(callbackUrl, { body, headers: signedHeaders(`callback-${chargeId}`, body, await secrets(), now) });
}

/** Sends a webhook over HTTP, within 10 seconds. @returns the HTTP status of the response, or 0 when there was none */
export async function postOverHttp(url: string, { headers, body }: Webhook): Promise<number> {
  const target = reachable(url);
  try {
    const response = await recordCall({ method: 'POST', url: target, key: headers['webhook-id'] }, () =>
      fetch(target, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...outgoingHeaders(), ...headers },
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      }),
    );
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
