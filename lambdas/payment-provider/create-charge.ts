import * as z from 'zod/mini';
import { Url } from '../../contracts/core/url';
import { ChargeCallbackDue } from '../../contracts/payment-provider';
import { Identifier, Money } from '../../contracts/values';
import { accept } from '../runtime/http/accept';
import { Problem, problemResponse } from '../runtime/http/http';
import { secretsOf } from '../runtime/http/signed';
import type { Work } from '../runtime/work/unit-of-work';
import { bankRoute } from './bank-route';
import { book, booking, type Charge, charge, chargeIdOf, outcomeOf, Simulation, show } from './charge';
import { type Outside, postOverHttp, tell } from './tell';

const ChargeRequest = z.object({
  reference: Identifier,
  amount: Money,
  callbackUrl: Url.check(z.regex(/^https?:/)),
  simulate: z.optional(Simulation),
});
type ChargeRequest = z.infer<typeof ChargeRequest>;

/** From the request to the outcome. */
const DELAY_SECONDS = 3;

/** Takes a charge, which is settled later. */
export const createCharge = (outside: Outside) =>
  bankRoute(async (request, { worker, runtime, simulated }) => {
    const failed = problemResponse(new Problem(500, 'failed', 'Something went wrong at the bank'));
    const simulate = { ...simulated, ...simulateOf(request.body) };
    if (simulate.fail === 'before') return failed;
    let made: Charge | undefined;
    const acceptor = accept(ChargeRequest, async (body, work) => {
      made = await makeCharge(body, simulate, work);
      return { location: `/charges/${made.chargeId}`, body: show(made, work.now) };
    });
    const answer = await acceptor.run(request, worker, runtime);
    // What could not be stored has not happened, and nobody is told of it.
    const told = answer.statusCode === 202 && simulate.callback === 'before-answer' ? made : undefined;
    if (told) await tell(told, outside, runtime.now());
    return simulate.fail === 'after' ? failed : answer;
  });

export const handler = createCharge({ secrets: secretsOf('signing'), post: postOverHttp });

/** Makes a charge, or gives the one there is under this reference. @throws Problem 409 when that is for another amount */
export async function makeCharge(request: ChargeRequest, simulate: Simulation, work: Work): Promise<Charge> {
  const { reference, amount, callbackUrl } = request;
  const chargeId = chargeIdOf(reference);
  const known = await work.load(charge(chargeId));
  if (known) {
    if (known.amount.amount === amount.amount && known.amount.currency === amount.currency) return known;
    throw new Problem(409, 'reference-used', 'There is a charge of another amount under this reference');
  }
  const delay = simulate.callback === 'before-answer' ? 0 : delaySeconds(simulate);
  const settlesAt = new Date(work.now.getTime() + delay * 1_000).toISOString();
  const outcome = outcomeOf(amount, simulate);
  const made: Charge = { chargeId, reference, amount, outcome, settlesAt, callbackUrl };
  work.put(charge(chargeId), made);
  if (outcome === 'succeeded') {
    const line = book('charge', made, settlesAt);
    await work.load(booking(line.bookingId));
    work.put(booking(line.bookingId), line);
  }
  for (const copy of copiesOf(simulate)) work.remind(ChargeCallbackDue, { chargeId, copy }, new Date(settlesAt));
  return made;
}

function copiesOf({ callback = 'once' }: Simulation): number[] {
  if (callback === 'twice') return [1, 2];
  return callback === 'once' ? [1] : [];
}

function delaySeconds(simulate: Simulation): number {
  return simulate.delaySeconds ?? Number(process.env.CHARGE_DELAY_SECONDS ?? DELAY_SECONDS);
}

/** What a request says of itself, before it is looked at any closer. */
function simulateOf(body: string | undefined): Simulation {
  try {
    const parsed = Simulation.safeParse(JSON.parse(body ?? '')?.simulate);
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}
