import { isDeepStrictEqual } from 'node:util';
import type { EventContract } from '../../../contracts/core/contract';
import type { Metadata } from '../events/envelope';
import type { UnitOfWork } from '../work/unit-of-work';
import type { Work } from '../work/work';
import type { Sides } from './book';
import type { Found } from './compare-page';
import type {
  Discrepancy,
  Reconciliation,
  ReconciliationContracts,
  ReconciliationRun,
  ReconciliationTables,
} from './reconciliation';

const HOUR = 60 * 60 * 1_000;
/** The entries that a record shows, at most, so that the records of a page fit into one transaction (4 MB). */
const SHOWN_BYTES = 16 * 1024;

interface Recording<Entries, Emits extends EventContract> {
  readonly reconciliation: Reconciliation<Entries, Emits>;
  readonly contracts: ReconciliationContracts;
  readonly tables: ReconciliationTables;
  readonly work: UnitOfWork;
}

export interface Tally {
  readonly counts: Readonly<Record<string, number>>;
  readonly repairs: number;
}

/**
 * Stages the differences of a page: a record of each discrepancy and, for new ones, `DiscrepancyFound` and the repair. If the
 * discrepancy is known, only its record is updated. An acknowledged discrepancy stays acknowledged while its entries are the same.
 */
export async function recordDifferences<Entries, Emits extends EventContract>(
  found: readonly Found<Entries>[],
  run: ReconciliationRun,
  { reconciliation, contracts, tables, work }: Recording<Entries, Emits>,
): Promise<Tally> {
  const counts: Record<string, number> = {};
  let repairs = 0;
  const refs = found.map(({ kind, key }) => tables.discrepancies(`${run.dryRun ? 'dry-run#' : ''}${kind}#${key}`));
  const known: readonly (Discrepancy | undefined)[] = refs.length > 0 ? await work.load(refs) : [];
  for (const [index, { kind, key, detail, sides }] of found.entries()) {
    const ref = refs[index] as (typeof refs)[number];
    const before = known[index];
    counts[kind] = (counts[kind] ?? 0) + 1;
    const seen = {
      runId: run.runId,
      date: run.date,
      kind,
      key,
      detail,
      sides: shownOf(sides, reconciliation),
      seenIn: seenIn(run),
    };
    const now = work.now.toISOString();
    const { resolvedAt: _, ...earlier } = before ?? { foundAt: now, status: 'open' as const };
    const next = { ...earlier, ...seen, id: ref.key.id as string } as Discrepancy;
    if (run.dryRun) {
      work.put(ref, { ...next, status: 'dry-run' });
      continue;
    }
    const isNews = before?.status === 'acknowledged' && !isDeepStrictEqual(before.sides, seen.sides);
    if (before && before.status !== 'resolved' && !isNews) {
      // Keeps the day on which it was found first.
      const { runId, date } = before;
      work.put(ref, { ...next, runId, date, status: statusNow(before, reconciliation.graceHours, work.now) });
      continue;
    }
    const repair = before?.repair ? undefined : reconciliation.repair[kind];
    const requested = repair && requestOf(repair, { key, sides }, work);
    if (requested) repairs++;
    work.put(ref, { ...next, status: requested ? 'repairing' : 'open', ...(requested && { repair: requested }) });
    const data = { kind, key, date: run.date, detail, ...(requested && { repair: requested.name }) };
    work.emit(contracts.DiscrepancyFound, data);
  }
  return { counts, repairs };
}

/** Returns the status of a discrepancy that is still there: a repair has the grace period to help. */
export function statusNow({ status, repair }: Discrepancy, graceHours: number, now: Date): Discrepancy['status'] {
  const hasTime = repair !== undefined && now.getTime() < Date.parse(repair.at) + graceHours * HOUR;
  return status === 'repairing' && !hasTime ? 'open' : status;
}

/** Returns the entries of each book as plain JSON: the first ones if there are too many, and how many others there are. */
function shownOf<Entries, Emits extends EventContract>(
  sides: Sides<Entries>,
  { show = (entry) => entry as object }: Reconciliation<Entries, Emits>,
): object {
  const books = Object.entries<readonly Entries[keyof Entries][]>(sides);
  const most = SHOWN_BYTES / books.length;
  return Object.fromEntries(
    books.map(([book, entries]) => {
      const shown: object[] = [];
      for (let bytes = 0; shown.length < entries.length; ) {
        const json = JSON.stringify(show(entries[shown.length] as Entries[keyof Entries]));
        bytes += Buffer.byteLength(json);
        if (bytes > most) return [book, [...shown, { omitted: entries.length - shown.length }]];
        shown.push(JSON.parse(json));
      }
      return [book, shown];
    }),
  );
}

/** The run that sees a discrepancy, as the discrepancy's record names it. */
export function seenIn({ runId, pass }: Pick<ReconciliationRun, 'runId' | 'pass'>): string {
  return `${runId}#${pass}`;
}

/** Requests a repair. @returns its record, with the ids of the events that request it */
function requestOf<Entries, Emits extends EventContract>(
  { name, request }: Reconciliation<Entries, Emits>['repair'][string],
  discrepancy: Parameters<Reconciliation<Entries, Emits>['repair'][string]['request']>[0],
  work: UnitOfWork,
): Discrepancy['repair'] {
  const eventIds: string[] = [];
  const emit = (...given: Parameters<UnitOfWork['emit']>): Metadata => {
    const metadata = work.emit(...given);
    eventIds.push(metadata.id);
    return metadata;
  };
  request(discrepancy, emit as Work<Emits>['emit']);
  return { name, at: work.now.toISOString(), eventIds };
}
