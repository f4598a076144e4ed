import * as z from 'zod/mini';
import { Identifier } from '../../contracts/core/text';
import { Money } from '../../contracts/values';

/** The provider's name in errors, the circuit breaker, the rate limit and the stack. */
export const PROVIDER = 'payment-provider';

/**
 * A charge at the provider. There is at most one per order.
 *
 * `cancelled`: it was ruled out before it was made, and will never be made.
 */
export const Charge = z.object({
  chargeId: Identifier,
  /** The order's id. */
  reference: Identifier,
  status: z.enum(['pending', 'succeeded', 'declined', 'cancelled']),
  amount: Money,
  /** The day on which the provider booked it, in its time zone: `YYYY-MM-DD`. Only if it succeeded. */
  bookedOn: z.optional(z.iso.date()),
});
export type Charge = z.infer<typeof Charge>;

/** The body of the provider's callback, in the format of Standard Webhooks. */
export const ProviderCallback = z.object({
  type: z.enum(['charge.succeeded', 'charge.declined']),
  timestamp: z.iso.datetime(),
  data: Charge,
});

export const Refund = z.object({ chargeId: Identifier, amount: Money, bookedOn: z.iso.date() });
export type Refund = z.infer<typeof Refund>;

/**
 * The operations of the provider. All are idempotent.
 *
 * @throws DependencyError when the provider is unreachable or unavailable: retry later
 * @throws PermanentError when the provider rejects the request
 */
export interface PaymentProvider {
  /** Collects the money of an order. The outcome can follow later, by callback. */
  charge(orderId: string, amount: Money): Promise<Charge>;
  /** Prevents any later charge for an order. Returns the charge if one was made already. */
  ruleOut(orderId: string, amount: Money): Promise<Charge>;
  /** Returns the current state of a charge. */
  lookUp(chargeId: string): Promise<Charge>;
  /** Refunds the full amount of a charge that succeeded. */
  refund(chargeId: string): Promise<Refund>;
}
