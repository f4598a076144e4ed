import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { Identifier } from './core/text';

/** Reminder: the simulated bank sends the merchant a callback with a charge's outcome. The bank uses no other contract. */
export const ChargeCallbackDue = defineEvent({
  name: 'ChargeCallbackDue',
  owner: 'payment-provider',
  version: 1,
  channel: 'reminder',
  schema: z.object({
    chargeId: Identifier,
    /** The number of the copy, from 1, when the simulation sends a callback twice. */
    copy: z.int().check(z.minimum(1)),
  }),
});
