import * as z from 'zod/mini';
import { defineEvent } from './contract';
import { Identifier } from './text';

/**
 * The contracts of a service that reconciles books. Export them from the file of its contracts.
 *
 * @example
 * export const { DiscrepancyFound, ReconciliationCompleted, ReconciliationDue } = reconciliationContracts('reconciliation');
 *
 * @param owner the service
 */
export function reconciliationContracts<const Owner extends string>(owner: Owner) {
  return {
    /** Two books disagree about a key. Published once, and again when a resolved discrepancy is back. */
    DiscrepancyFound: defineEvent({
      name: 'DiscrepancyFound',
      audience: 'external',
      owner,
      version: 1,
      schema: z.object({
        kind: Identifier,
        key: Identifier,
        date: z.iso.date(),
        detail: z.string(),
        /** The repair that was requested. @default none: an operator has to look */
        repair: z.optional(z.string()),
      }),
    }),

    /** All books of a day are compared. */
    ReconciliationCompleted: defineEvent({
      name: 'ReconciliationCompleted',
      audience: 'external',
      owner,
      version: 1,
      schema: z.object({
        date: z.iso.date(),
        /** The number of the run for this day, from 1. */
        pass: z.int().check(z.minimum(1)),
        /** Entries of all books. */
        entries: z.int().check(z.nonnegative()),
        /** Discrepancies that this run has seen, by kind. */
        counts: z.record(z.string(), z.int()),
        /** Repairs that this run has requested. */
        repairs: z.int().check(z.nonnegative()),
        /** Discrepancies of earlier runs that are gone. */
        resolved: z.int().check(z.nonnegative()),
      }),
    }),

    /** Reminder: a step of a reconciliation, or an operator's request. */
    ReconciliationDue: defineEvent({
      name: 'ReconciliationDue',
      owner,
      version: 1,
      channel: 'reminder',
      schema: z.object({
        /**
         * `start` a run of a day, compare a `page` of a shard, `settle` what is gone, `acknowledge` a discrepancy, or `watch`: count
         * those that are open, for the alarm.
         */
        step: z.enum(['start', 'page', 'settle', 'acknowledge', 'watch']),
        date: z.optional(z.iso.date()),
        /** Changes nothing beyond the run's own records. @default false */
        dryRun: z.optional(z.boolean()),
        /** Starts a further run of a day that was compared before. @default false */
        again: z.optional(z.boolean()),
        pass: z.optional(z.int()),
        shard: z.optional(z.int()),
        page: z.optional(z.int()),
        /** The discrepancy to acknowledge, by whom, and why. */
        id: z.optional(z.string()),
        by: z.optional(z.string()),
        reason: z.optional(z.string()),
      }),
    }),
  } as const;
}
