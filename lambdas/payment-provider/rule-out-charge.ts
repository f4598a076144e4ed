import * as z from 'zod/mini';
import { Identifier, Money } from '../../contracts/values';
import { accept } from '../runtime/http/accept';
import { bankRoute } from './bank-route';
import { type Charge, charge, chargeIdOf, show } from './charge';

const Cancellation = z.object({ reference: Identifier, amount: Money });

/**
 * Makes sure that there will be no charge under a reference, for a merchant who cannot know whether an earlier request for it
 * has arrived. If one was made already, it stays as it is.
 */
export const acceptor = accept(Cancellation, async ({ reference, amount }, work) => {
  const chargeId = chargeIdOf(reference);
  const ref = charge(chargeId);
  const known = await work.load(ref);
  const now: Charge = known ?? {
    chargeId,
    reference,
    amount,
    outcome: 'cancelled',
    settlesAt: work.now.toISOString(),
  };
  if (!known) work.put(ref, now);
  return { location: `/charges/${chargeId}`, body: show(now, work.now) };
});

export const handler = bankRoute((request, { worker, runtime }) => acceptor.run(request, worker, runtime));
