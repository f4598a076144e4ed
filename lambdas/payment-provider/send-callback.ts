import { ChargeCallbackDue } from '../../contracts/payment-provider';
import { consume } from '../runtime/consume/consume';
import { DependencyError } from '../runtime/errors';
import { secretsOf } from '../runtime/http/signed';
import { charge } from './charge';
import { isOut, simulation } from './simulation';
import { type Outside, postOverHttp, tell } from './tell';

/** Sends a callback; again with back-off, until it is taken or the attempts are used up. */
export const sendCallback = (outside: Outside) =>
  consume(ChargeCallbackDue, async ({ chargeId }, work) => {
    const [known, simulated] = await Promise.all([work.load(charge(chargeId)), work.load(simulation)]);
    if (!known) return;
    if (simulated && isOut(simulated, work.now)) throw new Error('The bank is out of order.');
    const status = await tell(known, outside, work.now);
    if (status < 200 || status >= 300) {
      throw new DependencyError('merchant', `the callback of charge ${chargeId} was answered with ${status}`);
    }
  });

export const handler = sendCallback({ secrets: secretsOf('signing'), post: postOverHttp });
