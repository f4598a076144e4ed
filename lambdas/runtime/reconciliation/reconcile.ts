import type { EventContract } from '../../../contracts/core/contract';
import { consumerRuntime } from '../aws/consumer-runtime';
import { type Consumer, consume } from '../consume/consume';
import type { Subscription } from '../declare/declaration';
import type { Adapter } from '../delivery';
import { PermanentError } from '../errors';
import { count, metricNames } from '../metrics';
import { onLambda } from '../on-lambda';
import type { ConsumerRuntime } from '../runtime';
import type { UnitOfWork } from '../work/unit-of-work';
import { businessDay, lastClosedDate } from './business-day';
import { compareKeys, comparePage } from './compare-page';
import { recordDifferences, seenIn, statusNow } from './discrepancies';
import {
  type Difference,
  type Discrepancy,
  isStuck,
  type Reconciliation,
  type ReconciliationContracts,
  type ReconciliationRun,
  type ReconciliationShard,
  type ReconciliationTables,
  type Step,
} from './reconciliation';

const PAGE_SIZE = 500;
/** Discrepancies that one unit of work checks again. Each reads all books. */
const MAX_RECHECKED = 20;
/** Open discrepancies are counted up to this number. */
const MAX_COUNTED = 1_000;
/** The statuses of discrepancies that later runs check again. */
const UNRESOLVED: readonly string[] = ['repairing', 'open'] satisfies Discrepancy['status'][];
const HOUR = 60 * 60 * 1_000;
/** The first and last day that can be compared: their neighbours have dates of four digits too. */
const DAYS = ['1970-01-01', '9998-12-31'] as const;

/** The parts of a reconciliation, which its service declares. */
export interface ReconciliationParts<Entries, Emits extends EventContract> {
  /** Made by {@link defineReconciliation}. */
  readonly reconciliation: Reconciliation<Entries, Emits>;
  /** Made by {@link defineReconciliationContracts}. */
  readonly contracts: ReconciliationContracts;
  /** Made by {@link reconciliationTables}. */
  readonly tables: ReconciliationTables;
}

/**
 * Makes the function behind the subscription to `ReconciliationDue`: it runs the steps of all runs.
 *
 * @example
 * export const handler = reconcile(reconcileBooks, { reconciliation: money, contracts, tables });
 *
 * @param subscription subscribes to `ReconciliationDue`, emits the three contracts and those of all repairs, and uses the three tables
 * @param parts what the service declares
 * @param adapters wrappers around each step, outermost first, e.g. a circuit breaker if a book is an API. Default: none
 */
export function reconcile<Entries, Emits extends EventContract>(
  // biome-ignore lint/suspicious/noExplicitAny: a subscription to one contract with any work
  subscription: Subscription<ReconciliationContracts['ReconciliationDue'], any, any>,
  parts: ReconciliationParts<Entries, Emits>,
  adapters: readonly Adapter[] = [],
): Consumer {
  // Books are read from outside the unit of work, so the handler is made with the runtime of the invocation.
  const run: Consumer['run'] = (batch, runtime) =>
    consume(
      subscription,
      async (step, work) => {
        // The subscription's type says nothing about its work. An event that it does not declare is refused when it is emitted.
        await runStep(step, { ...parts, runtime, work: work as unknown as UnitOfWork });
      },
      adapters,
    ).run(batch, runtime);
  return Object.assign(onLambda(run, consumerRuntime), { subscription });
}

interface StepContext<Entries, Emits extends EventContract> extends ReconciliationParts<Entries, Emits> {
  readonly runtime: ConsumerRuntime;
  readonly work: UnitOfWork;
}

function runStep<Entries, Emits extends EventContract>(
  step: Step,
  context: StepContext<Entries, Emits>,
): Promise<void> {
  switch (step.step) {
    case 'start':
      return start(step, context);
    case 'page':
      return page(step, context);
    case 'recheck':
      return recheck(step, context);
    case 'acknowledge':
      return acknowledge(step, context);
    case 'count':
      return countOpen(context);
  }
}

async function start<Entries, Emits extends EventContract>(
  step: Step,
  { reconciliation, contracts, tables, work }: StepContext<Entries, Emits>,
): Promise<void> {
  const { timeZone, graceHours, shards } = reconciliation;
  const { date = lastClosedDate(work.now, timeZone, graceHours * HOUR), dryRun = false, again = false } = step;
  const runId = runIdOf(date, dryRun);
  const before = await work.load(tables.runs(runId));
  const run: ReconciliationRun = {
    ...{ runId, date, dryRun, status: 'running', pass: (before?.pass ?? 0) + 1, remaining: shards.length },
    ...{ entries: 0, counts: {}, repairs: 0, resolved: 0, startedAt: work.now.toISOString() },
  };
  const refused = whyRefused(date, reconciliation, work.now);
  if (refused !== undefined) {
    if (!again) throw new PermanentError(refused);
    // The operator's command reads it there.
    work.put(tables.runs(runId), { ...(before ?? { ...run, status: 'refused', pass: 0 }), refused });
    return;
  }
  if (before?.status === 'running' && !isStuck(before, work.now)) return;
  if (before?.status === 'completed' && !again) return;
  work.put(tables.runs(runId), run);
  for (const shard of shards.keys()) {
    remind(contracts, { step: 'page', date, dryRun, pass: run.pass, shard, page: 0 }, work);
  }
}

/** Returns why a day cannot be compared, in one sentence. Undefined if it can. */
function whyRefused(
  date: string,
  { timeZone, graceHours }: Pick<Reconciliation<unknown>, 'timeZone' | 'graceHours'>,
  now: Date,
): string | undefined {
  const [first, last] = DAYS;
  if (date < first || date > last) return `${date} cannot be reconciled: only days from ${first} to ${last} can.`;
  const closes = new Date(businessDay(date, timeZone).to.getTime() + graceHours * HOUR);
  if (closes <= now) return undefined;
  return `${date} cannot be reconciled before ${closes.toISOString()}: wait for late facts.`;
}

async function page<Entries, Emits extends EventContract>(
  step: Step,
  { reconciliation, contracts, tables, runtime, work }: StepContext<Entries, Emits>,
): Promise<void> {
  const { date = '', dryRun = false, pass = 0, shard = 0, page: number = 0 } = step;
  const run = await work.load(tables.runs(runIdOf(date, dryRun)));
  const ref = tables.shards(`${runIdOf(date, dryRun)}#${shard}`);
  const stored = await work.load(ref);
  const before: ReconciliationShard =
    stored?.pass === pass ? stored : { shardId: '', pass, page: 0, entries: 0, counts: {}, repairs: 0 };
  // A late or repeated message has nothing to do.
  if (run?.status !== 'running' || run.pass !== pass || before.page !== number) return;
  const { after, entries, found } = await comparePage(
    reconciliation,
    {
      ...reconciliation.shards[shard],
      day: businessDay(date, reconciliation.timeZone),
      limit: reconciliation.pageSize ?? PAGE_SIZE,
      ...(before.after !== undefined && { after: before.after }),
    },
    runtime,
  );
  const tally = await recordDifferences(found, run, { reconciliation, contracts, tables, work });
  const { after: _after, ...rest } = before;
  const next: ReconciliationShard = {
    ...rest,
    page: number + 1,
    ...(after !== undefined && { after }),
    entries: before.entries + entries,
    counts: sum(before.counts, tally.counts),
    repairs: before.repairs + tally.repairs,
  };
  work.put(ref, { ...next, shardId: ref.key.shardId as string });
  if (after !== undefined)
    return remind(contracts, { step: 'page', date, dryRun, pass, shard, page: number + 1 }, work);
  const remaining = run.remaining - 1;
  work.put(tables.runs(run.runId), {
    ...run,
    remaining,
    entries: run.entries + next.entries,
    counts: sum(run.counts, next.counts),
    repairs: run.repairs + next.repairs,
  });
  if (remaining === 0) remind(contracts, { step: 'recheck', date, dryRun, pass, page: 0 }, work);
}

/** Checks the discrepancies again that earlier runs have found and this run has not seen. Then completes the run. */
async function recheck<Entries, Emits extends EventContract>(
  { date = '', dryRun = false, pass = 0, page: number = 0 }: Step,
  { reconciliation, contracts, tables, runtime, work }: StepContext<Entries, Emits>,
): Promise<void> {
  const run = await work.load(tables.runs(runIdOf(date, dryRun)));
  if (run?.status !== 'running' || run.pass !== pass) return;
  const statuses = dryRun ? ['dry-run'] : UNRESOLVED;
  const { status, from } = run.rechecked ?? { status: statuses[0] as string, from: ' ' };
  const found = await ofStatus(status, from, MAX_RECHECKED, tables, runtime);
  const unseen = found.filter((one) => one.seenIn !== seenIn(run)).map(({ id }) => tables.discrepancies(id));
  const loaded = unseen.length > 0 ? await work.load(unseen) : [];
  const known = loaded.filter((one): one is Discrepancy => one?.status === status);
  const keys = known.map(({ key }) => key);
  const { results, failure } = await compareKeys(reconciliation, keys, runtime);
  if (failure && results.length === 0) throw failure.reason;
  const checked = results.map(({ differences }, index) =>
    afterCheck(known[index] as Discrepancy, differences, reconciliation, runtime.now()),
  );
  checked.forEach((one, index) => {
    if (one !== known[index]) work.put(tables.discrepancies(one.id), one);
  });
  const resolved = run.resolved + checked.filter((one) => one.status === 'resolved').length;
  // The next step continues with the one whose books failed.
  const last = failure ? checked.at(-1) : found.at(-1);
  const next = last === undefined ? statuses[statuses.indexOf(status) + 1] : status;
  if (next !== undefined) {
    work.put(tables.runs(run.runId), {
      ...run,
      resolved,
      rechecked: { status: next, from: last === undefined ? ' ' : `${last.id}!` },
    });
    return remind(contracts, { step: 'recheck', date, dryRun, pass, page: number + 1 }, work);
  }
  const { rechecked: _, ...whole } = run;
  work.put(tables.runs(run.runId), { ...whole, status: 'completed', resolved, completedAt: work.now.toISOString() });
  const { entries, counts, repairs } = run;
  if (!dryRun) work.emit(contracts.ReconciliationCompleted, { date, pass, entries, counts, repairs, resolved });
}

/** Returns the current state of a discrepancy: `resolved` if its key has no such difference, `open` if its repair had time and did not help. */
function afterCheck(
  known: Discrepancy,
  differences: readonly Difference[],
  { graceHours }: Pick<Reconciliation<unknown>, 'graceHours'>,
  now: Date,
): Discrepancy {
  if (!differences.some(({ kind }) => kind === known.kind)) {
    return { ...known, status: 'resolved', resolvedAt: now.toISOString() };
  }
  const status = statusNow(known, graceHours, now);
  return status === known.status ? known : { ...known, status };
}

async function acknowledge<Entries, Emits extends EventContract>(
  { id = '', by = '', reason = '' }: Step,
  { tables, work }: StepContext<Entries, Emits>,
): Promise<void> {
  const known = await work.load(tables.discrepancies(id));
  if (!known) throw new PermanentError(`There is no discrepancy ${id} to acknowledge.`);
  if (reason.trim() === '') throw new PermanentError(`The acknowledgement of ${id} needs a reason.`);
  if (by.trim() === '') throw new PermanentError(`The acknowledgement of ${id} needs an operator.`);
  if (known.status !== 'open' && known.status !== 'repairing') return;
  const acknowledged = { by, reason, at: work.now.toISOString() };
  work.put(tables.discrepancies(id), { ...known, status: 'acknowledged', acknowledged });
}

/** Counts what is open, for the alarm. */
async function countOpen<Entries, Emits extends EventContract>({
  tables,
  runtime,
}: StepContext<Entries, Emits>): Promise<void> {
  const open = await ofStatus('open', ' ', MAX_COUNTED, tables, runtime);
  count(runtime, metricNames.openDiscrepancies, open.length, {});
}

async function ofStatus(
  value: string,
  from: string,
  limit: number,
  { discrepancies }: ReconciliationTables,
  { store }: ConsumerRuntime,
): Promise<readonly Discrepancy[]> {
  const query = { table: discrepancies.name, index: 'by-status', partition: { attribute: 'status', value }, limit };
  return (await store.query({ ...query, sort: { attribute: 'id', from, upTo: '~' } })) as readonly Discrepancy[];
}

function remind({ ReconciliationDue }: ReconciliationContracts, step: Step, work: UnitOfWork): void {
  work.remind(ReconciliationDue, step, work.now);
}

function runIdOf(date: string, dryRun: boolean): string {
  return dryRun ? `${date}#dry-run` : date;
}

function sum(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): Record<string, number> {
  const result = { ...one };
  for (const [kind, number] of Object.entries(other)) result[kind] = (result[kind] ?? 0) + number;
  return result;
}
