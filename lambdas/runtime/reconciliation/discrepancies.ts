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
 * discrepancy is known, only its record is updated. An acknowledged discrepancy stays acknowledged.
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
    if (before && before.status !== 'resolved') {
      const status = before.status === 'acknowledged' ? before.status : 'open';
      // Keeps the day on which it was found first.
      const { runId, date } = before;
      work.put(ref, { ...next, runId, date, status });
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

function shownOf<Entries, Emits extends EventContract>(
  sides: Sides<Entries>,
  { show = (entry) => entry as object }: Reconciliation<Entries, Emits>,
): object {
  const books = Object.entries<readonly Entries[keyof Entries][]>(sides);
  return Object.fromEntries(books.map(([book, entries]) => [book, entries.map(show)]));
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
