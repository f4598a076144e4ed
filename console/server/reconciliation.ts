import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../cli/failure';
import type { EventContract } from '../../contracts/core/contract';
import type { Sensitivity } from '../../contracts/core/sensitivity';
import type { Deployment } from '../../deployed/discover';
import type { Discrepancy } from '../../lambdas/runtime/reconciliation/reconciliation';
import { readDiscrepancies, readRuns, reconcilersOf, sideBySide, UNRESOLVED } from '../../observe/reconciliation';
import { acknowledge, chooseReconciler, runReconciliation } from '../../ops/reconciliation';
import type { ReconciliationView, ShownDiscrepancy } from '../api';
import { markedFields } from './privacy';

/** Days to show. */
const MOST_DAYS = 60;
/** Discrepancies to show. */
const MOST = 500;
/** Seconds after which the page is told that a run goes on. */
const PATIENCE_SECONDS = 20;

/** Returns the days that a service has compared, and its discrepancies. @param date only those of this day, resolved ones too */
export async function viewReconciliation(
  deployment: Deployment,
  contracts: readonly EventContract[],
  { service, date, personal }: { readonly service?: string; readonly date?: string; readonly personal: boolean },
): Promise<ReconciliationView> {
  const reconciler = chooseReconciler(deployment, service ?? reconcilersOf(deployment)[0]?.service);
  const [runs, found] = await Promise.all([
    readRuns(deployment, reconciler),
    readDiscrepancies(deployment, reconciler, date === undefined ? { statuses: UNRESOLVED } : { date }),
  ]);
  // Entries of books are no events. So an attribute is as sensitive as a contract's field of the same name.
  const hidden = new Map<string, Sensitivity>(
    (personal ? (['secret'] as const) : (['personal', 'secret'] as const)).flatMap((mark) =>
      [...markedFields(contracts, mark)].map((field) => [field, mark] as const),
    ),
  );
  return {
    service: reconciler.service,
    days: runs.slice(0, MOST_DAYS),
    total: found.length,
    discrepancies: found.slice(0, MOST).map((one) => shown(one, hidden)),
  };
}

/** Compares a day again. Answers before its end when that takes long: the page then shows its progress. */
export async function compareAgain(
  deployment: Deployment,
  { service, date, dryRun }: Readonly<Record<string, unknown>>,
): Promise<{ text: string }> {
  const reconciler = chooseReconciler(deployment, textOf(service));
  const end = Date.now() + PATIENCE_SECONDS * 1_000;
  const waiting = {
    sleep: async (milliseconds: number) => {
      if (Date.now() > end) throw new Late();
      await sleep(milliseconds);
    },
  };
  const wanted = { dryRun: dryRun === true, ...(typeof date === 'string' && { date }) };
  try {
    const run = await runReconciliation(deployment, reconciler, wanted, waiting);
    if (run === undefined) return { text: 'Another run of this day is under way.' };
    const found = Object.values(run.counts).reduce((sum, count) => sum + count, 0);
    return {
      text: `${run.date}: ${run.entries} entries compared, ${found} discrepancies, ${run.resolved} earlier ones resolved.`,
    };
  } catch (error) {
    if (error instanceof Late) return { text: 'The comparison is under way.' };
    throw error;
  }
}

/** Acknowledges a discrepancy. @throws UsageError without a reason */
export async function acknowledgeOne(
  deployment: Deployment,
  { service, id, reason }: Readonly<Record<string, unknown>>,
): Promise<{ text: string }> {
  if (typeof id !== 'string' || typeof reason !== 'string') throw new UsageError('Name the discrepancy and a reason.');
  const reconciler = chooseReconciler(deployment, textOf(service));
  await acknowledge(deployment, reconciler, { id, reason }, { sleep: (milliseconds) => sleep(milliseconds) });
  return { text: `${id} is acknowledged.` };
}

class Late extends Error {}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function shown(found: Discrepancy, hidden: ReadonlyMap<string, Sensitivity>): ShownDiscrepancy {
  const { sides: _, runId: _runId, seenIn: _seenIn, ...rest } = found;
  const { books, rows } = sideBySide(found);
  return {
    ...rest,
    books,
    rows: rows.map((row) => {
      const mark = row.attribute
        .split('.')
        .map((name) => hidden.get(name))
        .find((one) => one !== undefined);
      if (mark === undefined) return row;
      const hide = (texts: readonly string[]) => texts.map((text) => (text === '' ? '' : `[${mark}]`));
      const values = Object.entries(row.values).map(([book, texts]) => [book, hide(texts)]);
      return { ...row, values: Object.fromEntries(values) };
    }),
  };
}
