import { StaleError } from '../errors';
import { retryWhen } from '../retry';
import type { Runtime } from '../runtime';
import { commit, type ProcessedRecord, recordRef } from './commit';
import { withCause } from './current-cause';
import { type Cause, UnitOfWork, type Worker } from './unit-of-work';

/** `duplicate`: an earlier delivery has committed the work. */
export type WorkOutcome = 'committed' | 'duplicate';

/** Deciding again on fresh data is cheap. After these tries the contention is real, and waiting in the queue is cheaper. Milliseconds. */
const CONTENTION = { tries: 5, base: 20, cap: 500 };

const DAY_SECONDS = 24 * 60 * 60;

/**
 * Runs a handler and commits what it staged. Runs it again, up to five times, when an item that it loaded has changed.
 *
 * @param decide gets a new unit of work each time. Its return value is added to the record
 * @throws StaleError after five decisions; anything that `decide` or the store throws
 */
export async function runUnitOfWork(
  worker: Worker,
  cause: Cause,
  runtime: Runtime,
  // biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing, and say so
  decide: (work: UnitOfWork) => Promise<Pick<ProcessedRecord, 'requestHash' | 'response'> | void>,
): Promise<WorkOutcome> {
  return retryWhen(isStale, CONTENTION, runtime, async () => {
    const now = runtime.now();
    const work = new UnitOfWork(worker, cause, now, runtime.store);
    const answer = await withCause(cause, () => decide(work));
    const record: ProcessedRecord = {
      id: recordRef(worker.consumer, cause.id).key.id as string,
      correlationId: work.correlationId,
      processedAt: now.toISOString(),
      expiresAt: Math.floor(now.getTime() / 1_000) + worker.idempotencyDays * DAY_SECONDS,
      ...answer,
    };
    return commit(runtime.store, { record, staged: work });
  });
}

function isStale(error: unknown): boolean {
  return error instanceof StaleError;
}
