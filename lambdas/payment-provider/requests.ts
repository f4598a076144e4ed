import * as z from 'zod/mini';
import { Identifier, Url } from '../../contracts/core/text';
import { Money } from '../../contracts/values';
import { Simulation } from './charge';

export const ChargeRequest = z.object({
  reference: Identifier,
  amount: Money,
  callbackUrl: Url.check(z.regex(/^https?:/)),
  simulate: z.optional(Simulation),
});
export type ChargeRequest = z.infer<typeof ChargeRequest>;

export const CancellationRequest = z.object({ reference: Identifier, amount: Money });

export const RefundRequest = z.object({ chargeId: Identifier });
