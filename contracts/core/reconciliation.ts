import * as z from 'zod/mini';
import { defineEvent } from './contract';
import { Identifier } from './text';

/**
 * Defines the contracts of a service that reconciles books. Export them from the file of its contracts.
 *
 * @example
 * export const { DiscrepancyFound, ReconciliationCompleted, ReconciliationDue } = defineReconciliationContracts('reconciliation');
 *
 * @param owner the service's name
 */
export function defineReconciliationContracts<const Owner extends string>(owner: Owner) {
  return {
    /** Books disagree about a key. Published when a discrepancy is found, and again when a resolved one is found again. */
    DiscrepancyFound: defineEvent({
      name: 'DiscrepancyFound',
      audience: 'external',
      owner,
      version: 1,
      schema: z.object({
        /** The kind of the difference, e.g. `charged-but-not-recorded`. */
        kind: Identifier,
        /** The key that the books disagree about. */
        key: Identifier,
        /** The day that was compared. */
        date: z.iso.date(),
        /** One sentence for operators. */
        detail: z.string(),
        /** The repair that was requested. @default none: an operator has to decide */
        repair: z.optional(z.string()),
      }),
    }),

    /** A run has compared all books of a day. */
    ReconciliationCompleted: defineEvent({
      name: 'ReconciliationCompleted',
      audience: 'external',
      owner,
      version: 1,
      schema: z.object({
        /** The day that was compared. */
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

    /** A reminder: a step of a run, or an operator's request. */
    ReconciliationDue: defineEvent({
      name: 'ReconciliationDue',
      owner,
      version: 1,
      channel: 'reminder',
      schema: z.object({
        /**
         * What to do:
         *
         * - `start`: starts a run of a day
         * - `page`: compares one page of a shard
         * - `recheck`: checks the discrepancies of earlier runs again, and completes the run
         * - `acknowledge`: an operator accepts a discrepancy
         * - `count`: counts the open discrepancies, for the alarm
         */
        step: z.enum(['start', 'page', 'recheck', 'acknowledge', 'count']),
        /** The day of the run. @default the last day whose grace period is over */
        date: z.optional(z.iso.date()),
        /** Changes nothing beyond the run's own records. @default false */
        dryRun: z.optional(z.boolean()),
        /** Starts a further run of a day that was compared before. @default false */
        again: z.optional(z.boolean()),
        /** The number of the run for this day, from 1. */
        pass: z.optional(z.int()),
        /** The shard, from 0. */
        shard: z.optional(z.int()),
        /** The page of the shard, from 0. */
        page: z.optional(z.int()),
        /** The discrepancy to acknowledge. */
        id: z.optional(z.string()),
        /** The operator who acknowledges it. */
        by: z.optional(z.string()),
        /** Why the operator acknowledges it. */
        reason: z.optional(z.string()),
      }),
    }),
  } as const;
}
