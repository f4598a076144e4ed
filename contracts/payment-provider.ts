import * as z from 'zod/mini';
import { defineEvent } from './core/contract';
import { Identifier } from './core/text';

/** Reminder: the simulated bank is to tell who asked for a charge what became of it. The bank uses nothing else of ours. */
export const ChargeCallbackDue = defineEvent({
  name: 'ChargeCallbackDue',
  owner: 'payment-provider',
  version: 1,
  channel: 'reminder',
  schema: z.object({
    chargeId: Identifier,
    /** Tells copies of one callback apart, when it is to be sent twice. */
    copy: z.int().check(z.minimum(1)),
  }),
});
