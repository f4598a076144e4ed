import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../cli/failure';
import type { EventContract } from '../../contracts/core/contract';
import type { Sensitivity } from '../../contracts/core/sensitivity';
import type { Deployment } from '../../deployed/discover';
import { type Discrepancy, isStuck, type ReconciliationRun } from '../../lambdas/runtime/reconciliation/reconciliation';
import { readDiscrepancies, readRuns, reconcilersOf, sideBySide, UNRESOLVED } from '../../observe/reconciliation';
import { acknowledge, chooseReconciler, runReconciliation, type Waiting } from '../../ops/reconciliation';
import type { ReconciledDay, ReconciliationView, ShownDiscrepancy } from '../api';
import { markedFields } from './privacy';

/** Days to show. */
const MOST_DAYS = 60;
/** Discrepancies to show. */
const MOST = 500;
/** Seconds after which the page is told that a request goes on. */
const PATIENCE_SECONDS = 20;

/** How long a request waits. */
export interface Patience extends Waiting {
  readonly patienceSeconds: number;
}

const patience: Patience = {
  sleep: (milliseconds) => sleep(milliseconds),
  patienceSeconds: PATIENCE_SECONDS,
};

/** Returns the days that a service has compared, and its discrepancies. @param date only those of this day, resolved ones too */
export async function viewReconciliation(
  deployment: Deployment,
  contracts: readonly EventContract[],
  {
    service,
    date,
    personal,
    now = new Date(),
  }: { readonly service?: string; readonly date?: string; readonly personal: boolean; readonly now?: Date },
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
    days: runs.slice(0, MOST_DAYS).map((run) => shownDay(run, now)),
    total: found.length,
    discrepancies: found.slice(0, MOST).map((one) => shown(one, hidden)),
  };
}

/** Compares a day again. Answers before its end when that takes long: the page then shows its progress. */
export async function compareAgain(
  deployment: Deployment,
  { service, date, dryRun }: Readonly<Record<string, unknown>>,
  waiting = patience,
): Promise<{ text: string }> {
  const reconciler = chooseReconciler(deployment, textOf(service));
  const wanted = { dryRun: dryRun === true, ...(typeof date === 'string' && { date }) };
  return answerWithin(waiting, 'The comparison is under way.', async (limited) => {
    const run = await runReconciliation(deployment, reconciler, wanted, limited);
    if (run === undefined) return 'Another run of this day is under way.';
    const found = Object.values(run.counts).reduce((sum, count) => sum + count, 0);
    return `${run.date}: ${run.entries} entries compared, ${found} discrepancies, ${run.resolved} earlier ones resolved.`;
  });
}

/** Acknowledges a discrepancy. Answers before it is, when that takes long. @throws UsageError without a reason */
export async function acknowledgeOne(
  deployment: Deployment,
  { service, id, reason }: Readonly<Record<string, unknown>>,
  waiting = patience,
): Promise<{ text: string }> {
  if (typeof id !== 'string' || typeof reason !== 'string') throw new UsageError('Name the discrepancy and a reason.');
  const reconciler = chooseReconciler(deployment, textOf(service));
  return answerWithin(waiting, `The acknowledgement of ${id} is under way.`, async (limited) => {
    await acknowledge(deployment, reconciler, { id, reason }, limited);
    return `${id} is acknowledged.`;
  });
}

class Late extends Error {}

/** Answers with the result, or with another text when it is late. */
async function answerWithin(
  { sleep, patienceSeconds }: Patience,
  underWay: string,
  act: (waiting: Waiting) => Promise<string>,
): Promise<{ text: string }> {
  let left = patienceSeconds * 1_000;
  const limited = {
    sleep: async (milliseconds: number) => {
      if (left <= 0) throw new Late();
      left -= milliseconds;
      await sleep(milliseconds);
    },
  };
  try {
    return { text: await act(limited) };
  } catch (error) {
    if (error instanceof Late) return { text: underWay };
    throw error;
  }
}

function shownDay({ status, ...run }: ReconciliationRun, now: Date): ReconciledDay {
  const { runId, date, dryRun, pass, entries, counts, repairs, resolved } = run;
  const shown = isStuck({ status, startedAt: run.startedAt }, now)
    ? 'stuck'
    : status === 'running'
      ? status
      : 'completed';
  return { runId, date, dryRun, status: shown, pass, entries, counts, repairs, resolved };
}

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
