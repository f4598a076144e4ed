import { accept } from '../runtime/http/accept';
import { Problem } from '../runtime/http/http';
import { type SecretsSource, secretsOf, signed } from '../runtime/http/signed';
import { factsOf } from '../runtime/process/facts';
import { applyCharge, save, scheduleLookUp } from './call-provider';
import { paymentProcess } from './payment-process';
import { paymentTable, providerSigning, receiveCallback } from './service';

/**
 * Records the outcome of a charge. The callback can arrive twice, after a look-up, or before the response to the request for the
 * charge: the first outcome counts. {@link receiveSigned} verifies its signature first.
 */
export const unsignedHandler = accept(receiveCallback, async ({ data: charge }, work) => {
  const known = await work.load(paymentTable(charge.reference));
  if (!known?.facts.PaymentRequested) throw unknownCharge();
  if (known.correlationId) work.continueFlow(known.correlationId);
  const after = applyCharge(known, charge, work);
  const step = paymentProcess.nextStep(factsOf(after.facts));
  // A refund calls the provider. A consumer makes that call, because it can wait while the provider is unavailable.
  if (step === 'refund') scheduleLookUp(after, 1, work, work.now);
  // The first news of a charge, and not its outcome: nobody else looks it up.
  if (step === 'lookUp' && !known.facts.ChargeAccepted) scheduleLookUp(after, 1, work);
  save(after, work);
  return { body: { received: charge.chargeId } };
});

export const receiveSigned = (secrets: SecretsSource) => signed(secrets, unsignedHandler);

export const handler = receiveSigned(secretsOf(providerSigning));

function unknownCharge(): Problem {
  return new Problem(404, 'unknown-charge', 'There is no such charge', [
    { pointer: '#/data/reference', detail: 'is not an order whose payment was requested' },
  ]);
}
