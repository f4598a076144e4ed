import type { Money } from '../../contracts/values';
import { type Fact, type Status, status } from './payment-process';

/** What payments keeps of an order's money. All times are ISO 8601, UTC. */
export interface Payment {
  readonly orderId: string;
  /** What is known, and since when: the whole state. */
  readonly facts: Readonly<Partial<Record<Fact, string>>>;
  /** What the order costs. Absent when the cancellation came before the order. */
  readonly amount?: Money;
  /** The provider's id of the charge; absent as long as it has not told one. */
  readonly chargeId?: string;
  /** Read off the facts, for those who look at the table. */
  readonly status: Status;
}

/** An order of whose money nothing is known yet. */
export function unknownPayment(orderId: string): Payment {
  return { orderId, facts: {}, status: 'requested' };
}

export function factsOf({ facts }: Pick<Payment, 'facts'>): Set<Fact> {
  return new Set(Object.keys(facts) as Fact[]);
}

/** The payment with more facts; what it knew already keeps its time. */
export function withFacts(known: Payment, added: readonly Fact[], at: string): Payment {
  const facts = { ...Object.fromEntries(added.map((fact) => [fact, at])), ...known.facts };
  return { ...known, facts, status: status(factsOf({ facts })) };
}
