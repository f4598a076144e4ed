import { PermanentError, StaleError } from '../errors';
import { checkWrite } from '../store/limits';
import { type Ref, refId, type Store, TransactionCancelled, type Write, type WriteOutcome } from '../store/store';
import type { Staged } from './unit-of-work';

/** What the idempotency table holds of a message or request that was processed. */
export interface ProcessedRecord {
  /** `<consumer>#<id of the event or request>`: one record for each consumer. */
  readonly id: string;
  readonly correlationId: string;
  /** ISO 8601, UTC. */
  readonly processedAt: string;
  /** When DynamoDB may delete the record, in seconds since 1970. */
  readonly expiresAt: number;
  /** The events that this work emitted, an {@link OutgoingEvent} array as JSON; absent when there are none. */
  readonly outbox?: string;
  /** For requests: what was asked, as a hash, and what was answered. */
  readonly requestHash?: string;
  readonly response?: string;
}

/** One unit of work and the record that it was done. */
export interface Unit {
  readonly record: ProcessedRecord;
  readonly staged: Staged;
}

/** Where the record of a piece of work is. */
export function recordRef(consumer: string, causeId: string): Ref<ProcessedRecord> {
  return { table: 'records', key: { id: `${consumer}#${causeId}` } };
}

/**
 * Commits a unit of work in one transaction: the record, put only if absent and with the events inside it as the outbox,
 * and the writes.
 *
 * @returns `duplicate` when the record is there already: this work was done before, nothing was done again
 * @throws StaleError when something that was loaded has changed, or is changing, meanwhile
 * @throws whatever else the store throws: try again later
 */
export async function commit(store: Store, unit: Unit): Promise<'committed' | 'duplicate'> {
  try {
    await store.transact(toTransaction(unit));
    return 'committed';
  } catch (error) {
    if (!(error instanceof TransactionCancelled)) throw error;
    const [record, ...writes] = error.outcomes;
    // The record speaks first: if this work was done before, its other conditions may well fail now.
    if (record === 'failed') return 'duplicate';
    if ([record, ...writes].includes('throttled')) throw error;
    throw (
      explainFailure(unit, writes) ?? new StaleError(`${unit.record.id}: a loaded item has changed.`, { cause: error })
    );
  }
}

/** The error for conditions that say more than that a loaded item has changed. */
function explainFailure({ record, staged }: Unit, outcomes: readonly WriteOutcome[]): Error | undefined {
  const refused = staged.writes.filter((_, index) => outcomes[index] === 'failed' || outcomes[index] === 'missing');
  const [first] = refused;
  if (!first) return undefined;
  // With a stale item beside it, the existing one may be of the same concurrent work: the handler decides again.
  if (refused.every(({ kind }) => kind === 'create')) {
    return new PermanentError(`${record.id} creates ${refId(first.ref)}, which exists already.`);
  }
  const missing = staged.writes.find((_, index) => outcomes[index] === 'missing');
  if (missing?.kind !== 'adjust') return undefined;
  return new StaleError(
    `${record.id}: ${refId(missing.ref)} does not exist, so its ${missing.attribute} cannot be held at ${missing.floor} or above.`,
  );
}

function toTransaction({ record, staged }: Unit): Write[] {
  const { events, writes } = staged;
  const item = events.length > 0 ? { ...record, outbox: JSON.stringify(events) } : record;
  const create: Write = { kind: 'create', ref: { table: 'records', key: { id: record.id } }, item };
  checkWrite(create);
  return [create, ...writes];
}
