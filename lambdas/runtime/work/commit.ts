import { StaleError } from '../errors';
import { type Ref, type Store, TransactionCancelled, type Write } from '../store/store';
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
    throw new StaleError(`${unit.record.id}: what was loaded has changed meanwhile.`, { cause: error });
  }
}

function toTransaction({ record, staged }: Unit): Write[] {
  const { events, writes } = staged;
  const item = events.length > 0 ? { ...record, outbox: JSON.stringify(events) } : record;
  return [{ kind: 'put', ref: { table: 'records', key: { id: record.id } }, item, expected: 'absent' }, ...writes];
}
