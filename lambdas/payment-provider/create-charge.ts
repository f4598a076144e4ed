import { ChargeCallbackDue } from '../../contracts/payment-provider';
import { accept } from '../runtime/http/accept';
import { Problem, problemResponse } from '../runtime/http/http';
import { secretsOf } from '../runtime/http/signed';
import { bankRoute } from './bank-route';
import { book, type Charge, chargeIdOf, outcomeOf, Simulation, show } from './charge';
import { notifyMerchant, type Outside, postOverHttp } from './notify-merchant';
import type { ChargeRequest } from './requests';
import { bookings, type ChargeWork, callbackSigning, charges, createCharge } from './service';

/** Seconds from the request to the outcome. The stack can override it with an environment variable. */
const DELAY_SECONDS = 3;

/** Accepts a charge, whose outcome follows later. */
export const createChargeWith = (outside: Outside) =>
  bankRoute(createCharge, async (request, { runtime, simulated }) => {
    const failed = problemResponse(new Problem(500, 'failed', 'Something went wrong at the bank'));
    const simulate = { ...simulated, ...simulateOf(request.body) };
    if (simulate.fail === 'before') return failed;
    let made: Charge | undefined;
    const accepted = accept(createCharge, async (body, work, { headers }) => {
      // So that the bank's part of an order is seen in the order's flow.
      if (headers['x-correlation-id']) work.continueFlow(headers['x-correlation-id']);
      made = await makeCharge(body, simulate, work);
      return { location: `/charges/${made.chargeId}`, body: show(made, work.now) };
    });
    const answer = await accepted.run(request, runtime);
    // No callback for a charge that could not be stored.
    const early = answer.statusCode === 202 && simulate.callback === 'before-answer' ? made : undefined;
    if (early) await notifyMerchant(early, outside, runtime.now());
    return simulate.fail === 'after' ? failed : answer;
  });

export const handler = createChargeWith({ secrets: secretsOf(callbackSigning), post: postOverHttp });

/** Makes a charge, or returns the existing one of this reference. @throws Problem 409 when that has another amount */
export async function makeCharge(request: ChargeRequest, simulate: Simulation, work: ChargeWork): Promise<Charge> {
  const { reference, amount, callbackUrl } = request;
  const chargeId = chargeIdOf(reference);
  const known = await work.load(charges(chargeId));
  if (known) {
    if (known.amount.amount === amount.amount && known.amount.currency === amount.currency) return known;
    throw new Problem(409, 'reference-used', 'A charge with this reference and another amount exists');
  }
  const delay = simulate.callback === 'before-answer' ? 0 : delaySeconds(simulate);
  const outcomeAt = new Date(work.now.getTime() + delay * 1_000).toISOString();
  const outcome = outcomeOf(amount, simulate);
  const made: Charge = { chargeId, reference, amount, outcome, outcomeAt, callbackUrl };
  work.put(charges(chargeId), made);
  if (outcome === 'succeeded') {
    const line = book('charge', made, outcomeAt);
    work.create(bookings(line.bookingId), line);
  }
  for (const copy of copiesOf(simulate)) work.remind(ChargeCallbackDue, { chargeId, copy }, new Date(outcomeAt));
  return made;
}

function copiesOf({ callback = 'once' }: Simulation): number[] {
  if (callback === 'twice') return [1, 2];
  return callback === 'once' ? [1] : [];
}

function delaySeconds(simulate: Simulation): number {
  return simulate.delaySeconds ?? Number(process.env.CHARGE_DELAY_SECONDS ?? DELAY_SECONDS);
}

/** Returns the simulation in a request body, which is not validated yet. */
function simulateOf(body: string | undefined): Simulation {
  try {
    const parsed = Simulation.safeParse(JSON.parse(body ?? '')?.simulate);
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}
