import { reachable } from '../runtime/http/reachable';
import type { SecretsSource } from '../runtime/http/signed';
import { signedHeaders } from '../runtime/webhooks/webhook';
import { type Charge, show } from './charge';

const TIMEOUT_MILLISECONDS = 10_000;

/** What is sent to who asked for a charge. */
export interface Webhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What telling needs of the world outside. */
export interface Outside {
  readonly secrets: SecretsSource;
  /** @returns the HTTP status of the answer; 0 when there was none */
  post(url: string, webhook: Webhook): Promise<number>;
}

/**
 * Tells who asked for a charge what became of it, by a webhook that is signed as Standard Webhooks describes it, anew each
 * time and under the same id.
 *
 * @returns the HTTP status of the answer; 0 when there was none
 */
export async function tell(charge: Charge, { secrets, post }: Outside, now: Date): Promise<number> {
  const { chargeId, callbackUrl = '', outcome, settlesAt } = charge;
  const body = JSON.stringify({ type: `charge.${outcome}`, timestamp: settlesAt, data: show(charge, now) });
  return post(callbackUrl, { body, headers: signedHeaders(`callback-${chargeId}`, body, await secrets(), now) });
}

/** {@link Outside.post} over HTTP. */
export async function postOverHttp(url: string, { headers, body }: Webhook): Promise<number> {
  try {
    const response = await fetch(reachable(url), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
