import type { DataOf, EventContract } from '../../../contracts/core/contract';
import type { reconciliationContracts } from '../../../contracts/core/reconciliation';
import type { Service } from '../declare/service';
import type { Table } from '../declare/table';
import type { Work } from '../work/work';
import type { Books, KeyRange, Sides } from './book';

/** A difference between books. */
export interface Difference {
  /** E.g. `charged-but-not-recorded`. With the key it identifies the discrepancy. */
  readonly kind: string;
  /** One sentence for operators. */
  readonly detail: string;
}

/** Requests a repair by an event to the owner. Each discrepancy is repaired at most once. */
export interface Repair<Entries, Emits extends EventContract> {
  /** The name in records and reports, e.g. `look-up-charge`. */
  readonly name: string;
  readonly request: (
    discrepancy: { readonly key: string; readonly sides: Sides<Entries> },
    emit: Work<Emits>['emit'],
  ) => void;
}

/** How books are compared, and what is repaired. */
export interface Reconciliation<Entries, Emits extends EventContract = EventContract> {
  /** The IANA name of the time zone whose calendar days are compared. */
  readonly timeZone: string;
  /** Hours after the end of a day before it is compared, so that late facts have arrived. */
  readonly graceHours: number;
  /** Ranges of keys that are compared side by side. Together they must cover all keys. */
  readonly shards: readonly KeyRange[];
  /** Entries of each book in memory, at most. @default 500 */
  readonly pageSize?: number;
  readonly books: Books<Entries>;
  readonly key: (entry: Entries[keyof Entries]) => string;
  /**
   * When an entry was made: ISO 8601, UTC. Differences of a key whose newest entry is younger than the grace period are left to the
   * day of that entry, because the other books may still lack its counterpart.
   *
   * @default all differences are reported at once
   */
  readonly time?: (entry: Entries[keyof Entries]) => string;
  /** Returns the differences between the entries of one key. Must depend on nothing else. */
  readonly compare: (sides: Sides<Entries>, key: string, now: Date) => readonly Difference[];
  /** Kind → repair. A kind without one is only reported. */
  readonly repair: Readonly<Record<string, Repair<Entries, Emits>>>;
}

/**
 * Defines a reconciliation: books, compared day by day.
 *
 * Each page of each shard is one message and one unit of work, so a crash resumes at the page, and repeated messages have one
 * effect. A difference that a page shows is compared again with everything that the books have under its key, on any day. So
 * entries that straddle midnight are no differences.
 *
 * @example
 * export const money = defineReconciliation({
 *   timeZone: 'Europe/Berlin', graceHours: 6, shards: hexadecimalRanges,
 *   books: { orders, settlement },
 *   key: ({ orderId }) => orderId,
 *   compare: ({ orders, settlement }) => …,
 *   repair: { 'charged-but-not-recorded': { name: 'look-up-charge', request: ({ key }, emit) => emit(…) } },
 * });
 *
 * @throws RangeError when the time zone is unknown
 */
export function defineReconciliation<Entries, Emits extends EventContract = EventContract>(
  reconciliation: Reconciliation<Entries, Emits>,
): Reconciliation<Entries, Emits> {
  new Intl.DateTimeFormat('sv-SE', { timeZone: reconciliation.timeZone });
  return reconciliation;
}

export type ReconciliationContracts = ReturnType<typeof reconciliationContracts>;
export type Step = DataOf<ReconciliationContracts['ReconciliationDue']>;

/** The comparison of one day. Runs of a day have one record; a run that begins while another is running does nothing. */
export interface ReconciliationRun {
  /** The date, with `#dry-run` behind it for a dry run. */
  readonly runId: string;
  readonly date: string;
  readonly dryRun: boolean;
  readonly status: 'running' | 'completed';
  /** The number of the run, from 1. */
  readonly pass: number;
  /** Shards that are not yet compared. */
  readonly remaining: number;
  readonly entries: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly repairs: number;
  readonly resolved: number;
  /** The discrepancies of earlier runs up to which it has checked whether they are gone. */
  readonly settled?: { readonly status: string; readonly from: string };
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly completedAt?: string;
}

/** The progress of one shard of a run. */
export interface ReconciliationShard {
  /** `<runId>#<shard>` */
  readonly shardId: string;
  readonly pass: number;
  /** The next page. */
  readonly page: number;
  readonly after?: string;
  readonly entries: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly repairs: number;
}

/** A difference that was found, and what became of it. */
export interface Discrepancy {
  /** `<kind>#<key>`, with `dry-run#` before it for a dry run. */
  readonly id: string;
  readonly runId: string;
  readonly date: string;
  readonly kind: string;
  readonly key: string;
  readonly detail: string;
  /** `repairing` until a later run finds it `resolved`, or still there and therefore `open`. */
  readonly status: 'open' | 'repairing' | 'acknowledged' | 'resolved' | 'dry-run';
  /** The entries of each book. */
  readonly sides: object;
  /** ISO 8601, UTC. */
  readonly foundAt: string;
  /** The run that saw it last: `<runId>#<pass>`. */
  readonly seenIn: string;
  readonly repair?: { readonly name: string; readonly at: string; readonly eventIds: readonly string[] };
  readonly acknowledged?: { readonly by: string; readonly reason: string; readonly at: string };
  readonly resolvedAt?: string;
}

/** The tables of a reconciliation. */
export interface ReconciliationTables {
  readonly runs: Table<ReconciliationRun, 'reconciliation-runs'>;
  readonly shards: Table<ReconciliationShard, 'reconciliation-shards'>;
  readonly discrepancies: Table<Discrepancy, 'discrepancies'>;
}

/** Declares the tables of a reconciliation in the service that runs it. */
export function reconciliationTables(service: Service): ReconciliationTables {
  return {
    runs: service.table('reconciliation-runs', { key: 'runId' }).of<ReconciliationRun>(),
    shards: service.table('reconciliation-shards', { key: 'shardId' }).of<ReconciliationShard>(),
    discrepancies: service
      .table('discrepancies', {
        key: 'id',
        indexes: {
          'by-run': { key: 'runId', sortKey: 'id' },
          'by-status': { key: 'status', sortKey: 'id' },
        },
      })
      .of<Discrepancy>(),
  };
}
