import { consume } from '../runtime/consume/consume';
import { DependencyError } from '../runtime/errors';
import { secretsOf } from '../runtime/http/signed';
import { notifyMerchant, type Outside, postOverHttp } from './notify-merchant';
import { callbackSigning, charges, sendCallback } from './service';
import { isOut, simulation } from './simulation';

/** Sends a callback. The runtime retries it with backoff until the merchant accepts it or no attempt is left. */
export const sendCallbackWith = (outside: Outside) =>
  consume(sendCallback, async ({ chargeId }, work) => {
    const [known, simulated] = await Promise.all([work.load(charges(chargeId)), work.load(simulation)]);
    if (!known) return;
    if (simulated && isOut(simulated, work.now)) throw new Error('The bank is unavailable.');
    const status = await notifyMerchant(known, outside, work.now);
    if (status < 200 || status >= 300) {
      throw new DependencyError('merchant', `answered ${status} to the callback of charge ${chargeId}`);
    }
  });

export const handler = sendCallbackWith({ secrets: secretsOf(callbackSigning), post: postOverHttp });
