import { accept } from '../runtime/http/accept';
import { bankRoute } from './bank-route';
import { type Charge, chargeIdOf, show } from './charge';
import { charges, ruleOutCharge } from './service';

/**
 * Prevents any later charge for a reference, for a merchant who does not know whether an earlier request arrived. An existing
 * charge is returned unchanged.
 */
const accepted = accept(ruleOutCharge, async ({ reference, amount }, work) => {
  const chargeId = chargeIdOf(reference);
  const known = await work.load(charges(chargeId));
  const charge: Charge = known ?? {
    chargeId,
    reference,
    amount,
    outcome: 'cancelled',
    outcomeAt: work.now.toISOString(),
  };
  if (!known) work.put(charges(chargeId), charge);
  return { location: `/charges/${chargeId}`, body: show(charge, work.now) };
});

export const handler = bankRoute(ruleOutCharge, (request, { runtime }) => accepted.run(request, runtime));
