import { PermanentError, StaleError } from '../errors';
import { checkWrite } from '../store/limits';
import { type Ref, refId, type Store, TransactionCancelled, type Write, type WriteOutcome } from '../store/store';
import type { Staged } from './unit-of-work';

/** A record of the idempotency table: a message or request that was processed. */
export interface ProcessedRecord {
  /** `<consumer>#<id of the event or request>`: one record for each consumer. */
  readonly id: string;
  readonly correlationId: string;
  /** ISO 8601, UTC. */
  readonly processedAt: string;
  /** The time after which DynamoDB deletes the record, in seconds since 1970. */
  readonly expiresAt: number;
  /** The outbox: the emitted events, an `OutgoingEvent` array as JSON. @default none */
  readonly outbox?: string;
  /** For requests: the hash of the request body, and the response. */
  readonly requestHash?: string;
  readonly response?: string;
}

/** A unit of work and its record. */
export interface Unit {
  readonly record: ProcessedRecord;
  readonly staged: Staged;
}

/** Returns the reference to a record. @param causeId the id of the event or request */
export function recordRef(consumer: string, causeId: string): Ref<ProcessedRecord> {
  return { table: 'records', key: { id: `${consumer}#${causeId}` } };
}

/**
 * Commits a unit of work in one transaction: the record, put only if absent and with the events inside it as the outbox,
 * and the writes.
 *
 * @returns `duplicate` when the record exists: an earlier delivery has committed this work, and nothing was written
 * @throws StaleError when a loaded item has changed, or another transaction is changing it
 * @throws PermanentError `rejected` when an item to create exists, or the store can never accept a write; `too-large` when the record
 *   exceeds one item
 * @throws any other error of the store, which is transient
 */
export async function commit(store: Store, unit: Unit): Promise<'committed' | 'duplicate'> {
  try {
    await store.transact(toTransaction(unit));
    return 'committed';
  } catch (error) {
    if (!(error instanceof TransactionCancelled)) throw error;
    const [record, ...writes] = error.outcomes;
    // The record's outcome has priority: after an earlier commit of this work, its other conditions can fail.
    if (record === 'failed') return 'duplicate';
    if ([record, ...writes].includes('throttled')) throw error;
    throw failureOf(unit, writes) ?? new StaleError(`${unit.record.id}: a loaded item has changed.`, { cause: error });
  }
}

/** The error for conditions that do not mean that a loaded item has changed. */
function failureOf({ record, staged }: Unit, outcomes: readonly WriteOutcome[]): Error | undefined {
  const refused = staged.writes.filter((_, index) => outcomes[index] === 'failed' || outcomes[index] === 'missing');
  const [first] = refused;
  if (!first) return undefined;
  // If another condition failed too, a concurrent unit of work can have created the item: the handler decides again.
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
