import {
  ChargeDue,
  PaymentCompleted,
  PaymentFailed,
  PaymentRecorded,
  PaymentRefunded,
  PaymentRequested,
} from '../../contracts/payments';
import type { Money } from '../../contracts/values';
import { PermanentError } from '../runtime/errors';
import { advance, factsOf } from '../runtime/process/facts';
import { lookAgainAt } from './patience';
import { type Payment, paymentWith } from './payment';
import { type Arrival, type Decision, paymentProcess, type Step } from './payment-process';
import type { Charge, PaymentProvider, Refund } from './provider';
import { type PaymentWork, paymentTable } from './service';

/** Adds facts to a payment, and publishes the decisions that follow. */
export function applyFacts(before: Payment, arrivals: readonly Arrival[], work: PaymentWork): Payment {
  const now = work.now.toISOString();
  const { facts, decisions } = advance(paymentProcess, before.facts, arrivals, { at: now, now });
  const after = paymentWith(before, facts);
  for (const decision of decisions) publish(decision, after, work);
  return after;
}

/** Adds the facts of a charge to its payment. Publishes `PaymentRecorded` when the success of the charge is new. */
export function applyCharge(before: Payment, charge: Charge, work: PaymentWork): Payment {
  const isNew = charge.status === 'succeeded' && before.facts.ChargeSucceeded === undefined;
  if (isNew) record('charge', before, charge, work);
  return applyFacts({ ...before, chargeId: charge.chargeId }, arrivals[charge.status], work);
}

/**
 * Makes the calls to the provider that the payment process needs, one after the other, and adds their results. After a failed
 * call, the message is retried and the calls are repeated. They are idempotent.
 *
 * @param allowed the calls that this consumer can make
 * @param look the number of look-ups before
 */
export async function callProvider(
  before: Payment,
  allowed: readonly Step[],
  provider: PaymentProvider,
  work: PaymentWork,
  look = 0,
): Promise<Payment> {
  let known = before;
  const next = () => nextAllowedStep(known, allowed);
  for (let step = next(); step; step = next()) {
    if (step === 'refund') {
      known = applyRefund(known, await provider.refund(chargeIdOf(known)), work);
      continue;
    }
    const charge = await callFor(step, known, provider);
    known = applyCharge(known, charge, work);
    if (charge.status !== 'pending') continue;
    scheduleLookUp(known, look + 1, work);
    break;
  }
  return known;
}

/** Returns the next call to the provider, if there is one and it is allowed. */
export function nextAllowedStep(known: Payment, allowed: readonly Step[]): Step | undefined {
  return allowed.find((step) => step === paymentProcess.nextStep(factsOf(known.facts)));
}

/**
 * Publishes again what the provider has carried out according to the payment, because the books differ. Whoever has it already
 * ignores it.
 */
export async function recordAgain(known: Payment, provider: PaymentProvider, work: PaymentWork): Promise<void> {
  const { ChargeSucceeded, ChargeRefunded } = known.facts;
  if (!ChargeSucceeded) return;
  const charge = await provider.lookUp(chargeIdOf(known));
  if (charge.status === 'succeeded') record('charge', known, charge, work);
  // Payments of earlier versions have kept the time of the refund only, whose amount is that of the charge.
  if (ChargeRefunded)
    record('refund', known, { ...charge, bookedOn: ChargeRefunded.slice(0, 10), ...known.refund }, work);
}

/** Adds a payment to the unit of work. */
export function save(known: Payment, work: PaymentWork): void {
  work.put(paymentTable(known.orderId), { correlationId: work.correlationId, ...known });
}

/** Schedules a look-up of the charge. @param due defaults to the time of {@link lookAgainAt} */
export function scheduleLookUp(
  { orderId }: Payment,
  look: number,
  work: PaymentWork,
  due = lookAgainAt(look, work.now),
): void {
  work.remind(ChargeDue, { orderId, look }, due);
}

const arrivals: Readonly<Record<Charge['status'], readonly Arrival[]>> = {
  pending: ['ChargeAccepted'],
  succeeded: ['ChargeAccepted', 'ChargeSucceeded'],
  declined: ['ChargeAccepted', 'ChargeDeclined'],
  cancelled: ['ChargeRuledOut'],
};

function callFor(step: Exclude<Step, 'refund'>, known: Payment, provider: PaymentProvider): Promise<Charge> {
  if (step === 'lookUp') return provider.lookUp(chargeIdOf(known));
  return provider[step](known.orderId, amountOf(known));
}

function applyRefund(before: Payment, refund: Refund, work: PaymentWork): Payment {
  if (before.facts.ChargeRefunded === undefined) record('refund', before, refund, work);
  const { amount, bookedOn } = refund;
  return applyFacts({ ...before, refund: { amount, bookedOn } }, ['ChargeRefunded'], work);
}

function record(
  kind: 'charge' | 'refund',
  { orderId }: Payment,
  { chargeId, amount, bookedOn }: Charge | Refund,
  work: PaymentWork,
): void {
  const day = bookedOn ?? work.now.toISOString().slice(0, 10);
  work.emit(PaymentRecorded, { orderId, kind, amount, chargeId, bookedOn: day });
}

function publish(decision: Decision, known: Payment, work: PaymentWork): void {
  const { orderId } = known;
  switch (decision) {
    case 'PaymentRequested':
      work.emit(PaymentRequested, { orderId, amount: amountOf(known) });
      return;
    case 'PaymentCompleted':
      work.emit(PaymentCompleted, { orderId, amount: amountOf(known) });
      return;
    case 'PaymentFailed':
      work.emit(PaymentFailed, { orderId, reason: known.facts.ChargeDeclined ? 'declined' : 'order-cancelled' });
      return;
    case 'PaymentRefunded':
      work.emit(PaymentRefunded, { orderId, amount: amountOf(known) });
  }
}

function amountOf({ orderId, amount }: Payment): Money {
  if (!amount) throw new PermanentError(`Order ${orderId} has no amount yet: OrderCreated has not arrived.`);
  return amount;
}

function chargeIdOf({ orderId, chargeId }: Payment): string {
  if (!chargeId) throw new PermanentError(`Order ${orderId} has no charge id: the provider has not answered yet.`);
  return chargeId;
}
