import type { DataOf, EventContract } from '../../../contracts/core/contract';
import type { defineReconciliationContracts } from '../../../contracts/core/reconciliation';
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
  /** The name in records and events, e.g. `look-up-charge`. */
  readonly name: string;
  /** Emits the event that requests the repair. `sides` are the entries of each book under the key. */
  readonly request: (
    discrepancy: { readonly key: string; readonly sides: Sides<Entries> },
    emit: Work<Emits>['emit'],
  ) => void;
}

/** The books, their comparison and the repairs. */
export interface Reconciliation<Entries, Emits extends EventContract = EventContract> {
  /** The IANA name of the time zone whose calendar days are compared. */
  readonly timeZone: string;
  /** Hours after the end of a day before it is compared, so that late facts have arrived. */
  readonly graceHours: number;
  /** Ranges of keys that are compared in parallel. Together they must cover all keys. */
  readonly shards: readonly KeyRange[];
  /** Entries of each book in memory, at most. @default 500 */
  readonly pageSize?: number;
  /** The books by name. */
  readonly books: Books<Entries>;
  /** Returns the key of an entry, by which entries of different books belong together: an `Identifier`. */
  readonly key: (entry: Entries[keyof Entries]) => string;
  /**
   * When an entry was made: ISO 8601, UTC. Differences of a key whose newest entry is younger than the grace period are left to the
   * day of that entry, because the other books may still lack its counterpart.
   *
   * @default all differences are recorded at once
   */
  readonly time?: (entry: Entries[keyof Entries]) => string;
  /**
   * Returns what records and reports show of an entry. Attributes of the same name are shown side by side.
   *
   * @default the entry
   */
  readonly show?: (entry: Entries[keyof Entries]) => object;
  /** Returns the differences between the entries of one key, at most 90, each of another kind. Must depend on nothing else. */
  readonly compare: (sides: Sides<Entries>, key: string, now: Date) => readonly Difference[];
  /**
   * Whether a key is compared with its entries of all days although those of one day show no difference: for example a cancelled
   * order, because a refund that is missing appears on no day.
   *
   * @default only keys with a difference are
   */
  readonly suspect?: (sides: Sides<Entries>, key: string, now: Date) => boolean;
  /** Repairs by kind of difference. Other kinds are only recorded. */
  readonly repair: Readonly<Record<string, Repair<Entries, Emits>>>;
}

/**
 * Defines a reconciliation: books, compared day by day.
 *
 * Each page of each shard is one message and one unit of work, so a crash resumes at the page, and repeated messages have one
 * effect. A difference that a page shows is compared again with everything that the books have under its key, on any day. So
 * entries on both sides of midnight are no differences.
 *
 * @example
 * export const money = defineReconciliation<{ orders: Payment; settlement: Payment }, typeof LookUpCharge>({
 *   timeZone: 'Europe/Berlin',
 *   graceHours: 6,
 *   shards: hexadecimalRanges,
 *   books: { orders: ordersBook, settlement: settlementBook },
 *   key: ({ orderId }) => orderId,
 *   compare: ({ orders, settlement }) =>
 *     settlement.length > orders.length
 *       ? [{ kind: 'charged-but-not-recorded', detail: 'Only the settlement has this charge.' }]
 *       : [],
 *   repair: {
 *     'charged-but-not-recorded': {
 *       name: 'look-up-charge',
 *       request: ({ key }, emit) => emit(LookUpCharge, { orderId: key }),
 *     },
 *   },
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

/** The contracts that {@link defineReconciliationContracts} defines. */
export interface ReconciliationContracts extends ReturnType<typeof defineReconciliationContracts> {}
/** The data of `ReconciliationDue`. */
export type Step = DataOf<ReconciliationContracts['ReconciliationDue']>;

/** The comparison of one day. Runs of a day have one record; a run that begins while another is running does nothing. */
export interface ReconciliationRun {
  /** The date, with `#dry-run` behind it for a dry run. */
  readonly runId: string;
  /** The day that is compared, `YYYY-MM-DD`. */
  readonly date: string;
  /** Whether it changes nothing beyond its own records. */
  readonly dryRun: boolean;
  /** `completed` after its last step. `refused`: an operator asked for it, and the day cannot be compared yet. */
  readonly status: 'running' | 'completed' | 'refused';
  /** Why the last request for a run was refused, in one sentence. Absent if it was not. */
  readonly refused?: string;
  /** The number of the run, from 1. */
  readonly pass: number;
  /** Shards that are not yet compared. */
  readonly remaining: number;
  /** Entries of all books so far. */
  readonly entries: number;
  /** Discrepancies that this run has seen, by kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** Repairs that this run has requested. */
  readonly repairs: number;
  /** Discrepancies of earlier runs that this run has resolved. */
  readonly resolved: number;
  /** The position up to which it has checked discrepancies of earlier runs again. Absent before the step `recheck`. */
  readonly rechecked?: {
    /** The status of the last one. */
    readonly status: string;
    /** The index's sort key to continue from. */
    readonly from: string;
  };
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601, UTC. Absent while the run is running. */
  readonly completedAt?: string;
}

/** A run that takes longer has lost a message, e.g. because a dead letter has expired. In hours. */
const STUCK_HOURS = 24;

/** Returns whether a run is stuck: it began a day ago, and is still running. Another run of its day may replace it. */
export function isStuck({ status, startedAt }: Pick<ReconciliationRun, 'status' | 'startedAt'>, now: Date): boolean {
  return status === 'running' && now.getTime() - Date.parse(startedAt) >= STUCK_HOURS * 60 * 60 * 1_000;
}

/** The progress of one shard of a run. */
export interface ReconciliationShard {
  /** `<runId>#<shard>` */
  readonly shardId: string;
  /** The number of the run. */
  readonly pass: number;
  /** The next page. */
  readonly page: number;
  /** The last key that was compared. Absent before the first page. */
  readonly after?: string;
  /** Entries of all books so far. */
  readonly entries: number;
  /** Discrepancies so far, by kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** Repairs that were requested so far. */
  readonly repairs: number;
}

/** A difference that a run has found, and its status. */
export interface Discrepancy {
  /** `<kind>#<key>`, with `dry-run#` before it for a dry run. */
  readonly id: string;
  /** The run that found it first. */
  readonly runId: string;
  /** The day of that run. */
  readonly date: string;
  /** The kind of the difference. */
  readonly kind: string;
  /** The key that the books disagree about. */
  readonly key: string;
  /** One sentence for operators. */
  readonly detail: string;
  /** `repairing` until a later run finds it `resolved`, or still there and therefore `open`. */
  readonly status: 'open' | 'repairing' | 'acknowledged' | 'resolved' | 'dry-run';
  /** The entries of each book: of very many, the first, and `omitted` with the number of the others. */
  readonly sides: object;
  /** ISO 8601, UTC. */
  readonly foundAt: string;
  /** The run that saw it last: `<runId>#<pass>`. */
  readonly seenIn: string;
  /** The repair that was requested. @default none */
  readonly repair?: {
    /** The repair's name. */
    readonly name: string;
    /** The time of the request. ISO 8601, UTC. */
    readonly at: string;
    /** The ids of the events that requested it. */
    readonly eventIds: readonly string[];
  };
  /** An operator's acknowledgement. @default none */
  readonly acknowledged?: {
    /** The operator. */
    readonly by: string;
    /** Why. */
    readonly reason: string;
    /** ISO 8601, UTC. */
    readonly at: string;
  };
  /** ISO 8601, UTC. Absent until it is resolved. */
  readonly resolvedAt?: string;
}

/** The tables of a reconciliation. */
export interface ReconciliationTables {
  /** One item for each day, and one for each day's dry run. */
  readonly runs: Table<ReconciliationRun, 'reconciliation-runs'>;
  /** One item for each shard of a run. */
  readonly shards: Table<ReconciliationShard, 'reconciliation-shards'>;
  /** One item for each discrepancy. */
  readonly discrepancies: Table<Discrepancy, 'discrepancies'>;
}

/** Declares the tables of a reconciliation. @param service the service that runs it */
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
