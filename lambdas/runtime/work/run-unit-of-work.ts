import { StaleError } from '../errors';
import { fullJitter } from '../retry';
import type { Runtime } from '../runtime';
import { commit, type ProcessedRecord, recordRef } from './commit';
import { type Cause, UnitOfWork, type Worker } from './unit-of-work';

/** Whether the work was done now, or had been done before. */
export type WorkOutcome = 'committed' | 'duplicate';

/** Deciding again on fresh data is cheap; beyond this the contention is real, and waiting in the queue is cheaper. */
const DECISIONS = 5;
/** Milliseconds between two decisions on the same work. */
const DECIDE_AGAIN = { base: 20, cap: 500 };

const DAY_SECONDS = 24 * 60 * 60;

/**
 * Lets a handler decide and commits what it staged; decides again, a few times, when what it loaded was stale.
 *
 * @param decide gets a fresh unit of work each time; what it returns is added to the record
 * @throws StaleError after {@link DECISIONS} decisions; anything that `decide` or the store throws
 */
export async function runUnitOfWork(
  worker: Worker,
  cause: Cause,
  runtime: Runtime,
  // biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing, and say so
  decide: (work: UnitOfWork) => Promise<Pick<ProcessedRecord, 'requestHash' | 'response'> | void>,
): Promise<WorkOutcome> {
  for (let attempt = 1; ; attempt++) {
    const now = runtime.now();
    const work = new UnitOfWork(worker, cause, now, runtime.store);
    const answer = await decide(work);
    const record: ProcessedRecord = {
      id: recordRef(worker.consumer, cause.id).key.id as string,
      correlationId: cause.correlationId,
      processedAt: now.toISOString(),
      expiresAt: Math.floor(now.getTime() / 1_000) + worker.idempotencyDays * DAY_SECONDS,
      ...answer,
    };
    try {
      return await commit(runtime.store, { record, staged: work });
    } catch (error) {
      if (!(error instanceof StaleError) || attempt === DECISIONS) throw error;
      await runtime.sleep(fullJitter(attempt, DECIDE_AGAIN, runtime.random));
    }
  }
}
