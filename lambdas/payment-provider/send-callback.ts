import { ChargeCallbackDue } from '../../contracts/payment-provider';
import { awsRuntime } from '../runtime/aws';
import { consume } from '../runtime/consume';
import { DependencyError } from '../runtime/errors';
import { secretsOf } from '../runtime/signed';
import { charge } from './charge';
import { isOut, simulation } from './simulation';
import { tell } from './tell';

/** Sends a callback; again with back-off, until it is taken or the attempts are used up. */
export const handler = consume(ChargeCallbackDue, async ({ chargeId }, work) => {
  const [known, simulated] = await Promise.all([work.load(charge(chargeId)), work.load(simulation)]);
  if (!known) return;
  if (simulated && isOut(simulated, work.now)) throw new Error('The bank is out of order.');
  const status = await tell(known, secretsOf('signing'), awsRuntime());
  if (status < 200 || status >= 300) {
    throw new DependencyError('merchant', `the callback of charge ${chargeId} was answered with ${status}`);
  }
});
