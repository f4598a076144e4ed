import * as z from 'zod/mini';
import { accept } from '../runtime/http/accept';
import { Problem } from '../runtime/http/http';
import { type SecretsSource, secretsOf, signed } from '../runtime/http/signed';
import { applyCharge, remind, save } from './call-provider';
import { factsOf, payment } from './payment';
import { nextStep } from './payment-process';
import { Charge } from './provider';

/** What the provider tells by its callback, as Standard Webhooks shapes it. */
const Callback = z.object({
  type: z.enum(['charge.succeeded', 'charge.declined']),
  timestamp: z.iso.datetime(),
  data: Charge,
});

/**
 * Takes the provider's word on a charge. It may come twice, after the charge was looked up, or before the answer to the
 * request for it: whatever comes first counts. Who says it has been checked by then.
 */
export const acceptor = accept(Callback, async ({ data: charge }, work) => {
  const known = await work.load(payment(charge.reference));
  if (!known?.facts.PaymentRequested) throw notAsked();
  const after = applyCharge(known, charge, work);
  // Giving money back takes the provider: a consumer does it, which can wait for one that is out of order.
  if (nextStep(factsOf(after)) === 'refund') remind(after, 1, work, work.now);
  save(after, work);
  return { body: { received: charge.chargeId } };
});

export const receiveCallback = (secrets: SecretsSource) => signed(secrets, acceptor);

export const handler = receiveCallback(secretsOf('payment-provider-signing'));

function notAsked(): Problem {
  return new Problem(404, 'unknown-charge', 'There is no such charge', [
    { pointer: '#/data/reference', detail: 'is no order whose money was asked for' },
  ]);
}
