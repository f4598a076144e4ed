import type { Money } from '../../contracts/values';
import { type FactTimes, factsOf } from '../runtime/process/facts';
import { type Fact, paymentProcess, type Status } from './payment-process';
import type { Refund } from './provider';

/** The state of an order's payment. All times are ISO 8601, UTC. */
export interface Payment {
  readonly orderId: string;
  readonly facts: FactTimes<Fact>;
  /** The order's total. Absent until `OrderCreated` has arrived. */
  readonly amount?: Money;
  /** The charge's id at the provider. Absent until the provider has answered. */
  readonly chargeId?: string;
  /** The refund as the provider has made it. Absent until then. */
  readonly refund?: Pick<Refund, 'amount' | 'bookedOn'>;
  /** The order's flow, which the provider's callback continues. */
  readonly correlationId?: string;
  /** Computed from the facts, for queries and operators. */
  readonly status: Status;
}

/** Returns a payment without facts. */
export function unknownPayment(orderId: string): Payment {
  return { orderId, facts: {}, status: 'requested' };
}

/** Returns the payment with other facts and the status that follows from them. */
export function paymentWith(payment: Payment, facts: FactTimes<Fact>): Payment {
  return { ...payment, facts, status: paymentProcess.status(factsOf(facts)) };
}
