import { reachable } from '../runtime/reachable';
import type { Runtime } from '../runtime/runtime';
import type { SecretsSource } from '../runtime/signed';
import { signedHeaders } from '../runtime/webhook';
import { type Charge, show } from './charge';

const TIMEOUT_MILLISECONDS = 10_000;

/**
 * Tells who asked for a charge what became of it, by a webhook that is signed as Standard Webhooks describes it, anew each
 * time and under the same id.
 *
 * @returns the HTTP status of the answer; 0 when there was none
 */
export async function tell(charge: Charge, secrets: SecretsSource, runtime: Runtime): Promise<number> {
  const { chargeId, callbackUrl = '', outcome, settlesAt } = charge;
  const data = show(charge, runtime.now());
  const body = JSON.stringify({ type: `charge.${outcome}`, timestamp: settlesAt, data });
  const headers = signedHeaders(`callback-${chargeId}`, body, await secrets(), runtime.now());
  try {
    const response = await fetch(reachable(callbackUrl), {
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
