import { consume } from '../runtime/consume/consume';
import { DependencyError } from '../runtime/errors';
import { secretsOf } from '../runtime/http/signed';
import { callbackSigning, charges, sendCallback } from './service';
import { isOut, simulation } from './simulation';
import { type Outside, postOverHttp, tell } from './tell';

/** Sends a callback, and retries with backoff until it is accepted or the attempts are used up. */
export const sendCallbackWith = (outside: Outside) =>
  consume(sendCallback, async ({ chargeId }, work) => {
    const [known, simulated] = await Promise.all([work.load(charges(chargeId)), work.load(simulation)]);
    if (!known) return;
    if (simulated && isOut(simulated, work.now)) throw new Error('The bank is unavailable.');
    const status = await tell(known, outside, work.now);
    if (status < 200 || status >= 300) {
      throw new DependencyError('merchant', `the callback of charge ${chargeId} was answered with ${status}`);
    }
  });

export const handler = sendCallbackWith({ secrets: secretsOf(callbackSigning), post: postOverHttp });
