import { accept } from '../runtime/http/accept';
import { Problem } from '../runtime/http/http';
import { type SecretsSource, secretsOf, signed } from '../runtime/http/signed';
import { factsOf } from '../runtime/process/facts';
import { applyCharge, remind, save } from './call-provider';
import { paymentProcess } from './payment-process';
import { paymentTable, providerSigning, receiveCallback } from './service';

/**
 * Records the provider's outcome of a charge. The callback may come twice, after the charge was looked up, or before the answer
 * to the request for it: the first of them counts. Its signature is verified before.
 */
export const unsignedHandler = accept(receiveCallback, async ({ data: charge }, work) => {
  const known = await work.load(paymentTable(charge.reference));
  if (!known?.facts.PaymentRequested) throw notAsked();
  const after = applyCharge(known, charge, work);
  // A refund calls the provider, so a consumer does it, which can wait while the provider is unavailable.
  if (paymentProcess.nextStep(factsOf(after.facts)) === 'refund') remind(after, 1, work, work.now);
  save(after, work);
  return { body: { received: charge.chargeId } };
});

export const receiveSigned = (secrets: SecretsSource) => signed(secrets, unsignedHandler);

export const handler = receiveSigned(secretsOf(providerSigning));

function notAsked(): Problem {
  return new Problem(404, 'unknown-charge', 'There is no such charge', [
    { pointer: '#/data/reference', detail: 'is not an order whose payment was requested' },
  ]);
}
