import type { InboxRef } from '../declare/table';
import { StaleError } from '../errors';
import { retryWhen } from '../retry';
import type { Runtime } from '../runtime';
import { type Commit, type CommitOutcome, commit, type ProcessedRecord, recordId, type Unit } from './commit';
import { EarlyLoads } from './early-loads';
import type { OutgoingCall } from './outgoing-call';
import type { RecordDetails } from './receipts';
import { withCause } from './unit-context';
import { type Cause, UnitOfWork, type Worker } from './unit-of-work';
import { workSpans } from './work-spans';

/** `duplicate`: an earlier delivery has committed the work. */
export type WorkOutcome = 'committed' | 'duplicate';

/** A runtime that can bring its own way to commit: `consume` commits the units of a batch together. */
export interface CommittingRuntime extends Runtime {
  /** @default each unit in a transaction of its own */
  readonly commit?: Commit;
}

/** What is known before a unit of work. */
interface Prior {
  /** The item that keeps the consumer's receipts. @default each cause has a record */
  readonly inbox?: InboxRef;
  /** What adapters have loaded. @default nothing */
  readonly early?: EarlyLoads;
}

/** Deciding again on fresh data is cheap. After these tries the contention is real, and waiting in the queue is cheaper. Milliseconds. */
const CONTENTION = { tries: 5, base: 20, cap: 500 };

const DAY_SECONDS = 24 * 60 * 60;

/**
 * Runs a handler and commits what it staged. Runs it again, up to five times, when an item that it loaded has changed.
 *
 * @param decide gets a new unit of work each time. Its return value is added to the record
 * @param prior what is known before. Default: nothing
 * @throws StaleError after five decisions; anything that `decide` or the store throws
 */
export function runUnitOfWork(
  worker: Worker,
  cause: Cause,
  runtime: CommittingRuntime,
  // biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing, and say so
  decide: (work: UnitOfWork) => Promise<Omit<RecordDetails, 'calls'> | void>,
  { inbox, early = new EarlyLoads(runtime.store) }: Prior = {},
): Promise<WorkOutcome> {
  // A further run does not undo the calls of the one before.
  const calls: OutgoingCall[] = [];
  const attempt = async (work: UnitOfWork): Promise<CommitOutcome> => {
    if (inbox) await work.load(inbox);
    if (work.isDuplicate) return 'duplicate';
    const { correlationId } = cause;
    const answer = await withCause({ correlationId, work, calls, now: runtime.now }, () => decide(work));
    const id = recordId(worker.consumer, cause.id);
    const details = calls.length > 0 ? { calls: JSON.stringify(calls), ...answer } : { ...answer };
    if (!work.stageReceipt(details)) return await commitBy(runtime, { id, staged: work });
    const record: ProcessedRecord = {
      id,
      correlationId: work.correlationId,
      processedAt: work.now.toISOString(),
      expiresAt: Math.floor(work.now.getTime() / 1_000) + worker.idempotencyDays * DAY_SECONDS,
      ...details,
    };
    return await commitBy(runtime, { id, record, staged: work });
  };
  const run = async (): Promise<WorkOutcome> => {
    const work = new UnitOfWork(worker, cause, runtime.now(), early.next(), inbox);
    const outcome = await (runtime.spans ? observed(worker, cause, work, runtime, () => attempt(work)) : attempt(work));
    // Not a failed try: whenever a unit decides again, another one of its batch was committed or has failed.
    return outcome === 'again' ? run() : outcome;
  };
  return retryWhen(isStale, CONTENTION, runtime, run);
}

function commitBy({ commit: own, store }: CommittingRuntime, unit: Unit): Promise<CommitOutcome> {
  return own?.(unit) ?? commit(store, unit);
}

/** Adds the spans of a unit of work, whether it succeeds or fails. The error of a span is its name: a message can quote personal data. */
async function observed<Result>(
  worker: Worker,
  cause: Cause,
  work: UnitOfWork,
  { spans, now }: Pick<Runtime, 'spans' | 'now'>,
  run: () => Promise<Result>,
): Promise<Result> {
  const add = (error?: string) => {
    const outcome = { start: work.now.getTime(), end: now().getTime(), error };
    for (const span of workSpans(worker, cause, work, outcome)) spans?.add(span);
  };
  try {
    const result = await run();
    add();
    return result;
  } catch (error) {
    add(error instanceof Error ? error.name : 'Error');
    throw error;
  }
}

function isStale(error: unknown): boolean {
  return error instanceof StaleError;
}
