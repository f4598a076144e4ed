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

/** Adds facts to a payment, and stages the events that follow. */
export function applyFacts(before: Payment, arrivals: readonly Arrival[], work: PaymentWork): Payment {
  const now = work.now.toISOString();
  const { facts, decisions } = advance(paymentProcess, before.facts, arrivals, { at: now, now });
  const after = paymentWith(before, facts);
  for (const decision of decisions) publish(decision, after, work);
  return after;
}

/** Adds what the provider says of a charge; the first word of success is recorded for the books. */
export function applyCharge(before: Payment, charge: Charge, work: PaymentWork): Payment {
  const isNews = charge.status === 'succeeded' && before.facts.ChargeSucceeded === undefined;
  if (isNews) record('charge', before, charge, work);
  return applyFacts({ ...before, chargeId: charge.chargeId }, arrivals[charge.status], work);
}

/**
 * Asks the provider for what is to be asked, one thing after the other, and adds what it says. What is asked in vain is
 * asked again when the message comes back, to the same effect.
 *
 * @param allowed what may be asked here
 * @param look how often the charge was looked for before
 */
export async function callProvider(
  before: Payment,
  allowed: readonly Step[],
  provider: PaymentProvider,
  work: PaymentWork,
  look = 0,
): Promise<Payment> {
  let known = before;
  const next = () => stepToAsk(known, allowed);
  for (let step = next(); step; step = next()) {
    if (step === 'refund') {
      known = applyRefund(known, await provider.refund(chargeIdOf(known)), work);
      continue;
    }
    const charge = await ask(step, known, provider);
    known = applyCharge(known, charge, work);
    if (charge.status !== 'pending') continue;
    remind(known, look + 1, work);
    break;
  }
  return known;
}

/** What is to be asked of the provider now, if it is allowed. */
export function stepToAsk(known: Payment, allowed: readonly Step[]): Step | undefined {
  return allowed.find((step) => step === paymentProcess.nextStep(factsOf(known.facts)));
}

/** Stages a payment as it is now. */
export function save(known: Payment, work: PaymentWork): void {
  work.put(paymentTable(known.orderId), known);
}

/** Has the provider asked later, by the consumer of reminders. */
export function remind({ orderId }: Payment, look: number, work: PaymentWork, due = lookAgainAt(look, work.now)): void {
  work.remind(ChargeDue, { orderId, look }, due);
}

const arrivals: Readonly<Record<Charge['status'], readonly Arrival[]>> = {
  pending: ['ChargeAccepted'],
  succeeded: ['ChargeAccepted', 'ChargeSucceeded'],
  declined: ['ChargeAccepted', 'ChargeDeclined'],
  cancelled: ['ChargeRuledOut'],
};

function ask(step: Exclude<Step, 'refund'>, known: Payment, provider: PaymentProvider): Promise<Charge> {
  if (step === 'lookUp') return provider.lookUp(chargeIdOf(known));
  return provider[step](known.orderId, amountOf(known));
}

function applyRefund(before: Payment, refund: Refund, work: PaymentWork): Payment {
  if (before.facts.ChargeRefunded === undefined) record('refund', before, refund, work);
  return applyFacts(before, ['ChargeRefunded'], work);
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
  if (!amount) throw new PermanentError(`Nobody has told yet what order ${orderId} costs.`);
  return amount;
}

function chargeIdOf({ orderId, chargeId }: Payment): string {
  if (!chargeId) throw new PermanentError(`The provider has told no id for the charge of order ${orderId}.`);
  return chargeId;
}
