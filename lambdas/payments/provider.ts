import * as z from 'zod/mini';
import { Identifier } from '../../contracts/core/text';
import { Money } from '../../contracts/values';

/** What errors, the circuit, the rate and the stack call the provider: they must agree. */
export const PROVIDER = 'payment-provider';

/**
 * A charge as the provider tells of it. There is at most one for each order.
 *
 * `cancelled`: there never was one, and none will be made.
 */
export const Charge = z.object({
  chargeId: Identifier,
  /** Our order. */
  reference: Identifier,
  status: z.enum(['pending', 'succeeded', 'declined', 'cancelled']),
  amount: Money,
  /** The day of the provider's books, in UTC; once it succeeded. */
  bookedOn: z.optional(z.iso.date()),
});
export type Charge = z.infer<typeof Charge>;

/** The provider's callback on a charge, as Standard Webhooks shapes it. */
export const ProviderCallback = z.object({
  type: z.enum(['charge.succeeded', 'charge.declined']),
  timestamp: z.iso.datetime(),
  data: Charge,
});

export const Refund = z.object({ chargeId: Identifier, amount: Money, bookedOn: z.iso.date() });
export type Refund = z.infer<typeof Refund>;

/**
 * What payments asks of the provider. Each may be asked any number of times and has one effect.
 *
 * @throws DependencyError when the provider cannot be reached or cannot answer: ask again later
 * @throws PermanentError when it refuses
 */
export interface PaymentProvider {
  /** Has an order's money collected. The outcome may come later, by callback. */
  charge(orderId: string, amount: Money): Promise<Charge>;
  /** Makes sure that no charge is made for an order, and gives the charge if one was made already. */
  ruleOut(orderId: string, amount: Money): Promise<Charge>;
  lookUp(chargeId: string): Promise<Charge>;
  /** Gives back all of a charge that succeeded. */
  refund(chargeId: string): Promise<Refund>;
}
