import { PermanentError, StaleError } from '../errors';
import { writeOutbox } from '../events/outbox';
import { checkWrite } from '../store/limits';
import { type Ref, refId, type Store, TransactionCancelled, type Write, type WriteOutcome } from '../store/store';
import type { RecordDetails } from './receipts';
import type { Staged } from './unit-of-work';

/** A record of the idempotency table: a message or request that was processed. */
export interface ProcessedRecord extends RecordDetails {
  /** `<consumer>#<id of the event or request>`: one record for each consumer. */
  readonly id: string;
  readonly correlationId: string;
  /** ISO 8601, UTC. */
  readonly processedAt: string;
  /** The time after which DynamoDB deletes the record, in seconds since 1970. */
  readonly expiresAt: number;
  /** The outbox: the emitted events, as `writeOutbox` writes them. @default none */
  readonly outbox?: string;
}

/** A unit of work and its record. */
export interface Unit {
  /** Absent when the inbox keeps it. */
  readonly record?: ProcessedRecord;
  /** Names the unit in errors. */
  readonly id: string;
  readonly staged: Staged;
}

/** Returns the id of a record. @param causeId the id of the event or request */
export function recordId(consumer: string, causeId: string): string {
  return `${consumer}#${causeId}`;
}

/** Returns the reference to a record. @param causeId the id of the event or request */
export function recordRef(consumer: string, causeId: string): Ref<ProcessedRecord> {
  return { table: 'records', key: { id: recordId(consumer, causeId) } };
}

/**
 * The outcome of a commit. `duplicate`: the record exists, because an earlier delivery has committed this work. `again`: another
 * unit of the same batch has just written an item of this one, so the handler has to decide again.
 */
export type CommitOutcome = 'committed' | 'duplicate' | 'again';

/** Commits a unit of work, alone or together with others. Throws as {@link commit} does. */
export type Commit = (unit: Unit) => Promise<CommitOutcome>;

/** The writes of a unit of work. */
export interface Transaction {
  readonly id: string;
  /** Whether the first write puts its record. */
  readonly hasRecord: boolean;
  readonly writes: readonly Write[];
  readonly bytes: number;
}

/**
 * Commits a unit of work in one transaction: the record, put only if absent and with the events inside it as the outbox,
 * and the writes.
 *
 * @throws StaleError when a loaded item has changed, or another transaction is changing it
 * @throws PermanentError `rejected` when an item to create exists, or the store can never accept a write; `too-large` when the record
 *   exceeds one item
 * @throws any other error of the store, which is transient
 */
export async function commit(store: Store, unit: Unit): Promise<CommitOutcome> {
  return commitAlone(store, toTransaction(unit));
}

export async function commitAlone(store: Store, transaction: Transaction): Promise<CommitOutcome> {
  try {
    await store.transact(transaction.writes);
    return 'committed';
  } catch (error) {
    return outcomeAlone(transaction, error);
  }
}

/** Decides what the error of a unit's own writes means for it. @throws the errors of {@link commit} */
export function outcomeAlone(transaction: Transaction, error: unknown): Promise<CommitOutcome> {
  return outcomeOf(transaction, error instanceof TransactionCancelled ? error.outcomes : [], error);
}

/**
 * Decides what the failure of a transaction means for one unit.
 *
 * @param outcomes those of the unit's writes; none when the failure is not a cancellation
 * @throws the errors of {@link commit}
 */
export async function outcomeOf(
  { id, writes, hasRecord }: Transaction,
  outcomes: readonly WriteOutcome[],
  cause: unknown,
): Promise<CommitOutcome> {
  // The record's outcome has priority: after an earlier commit of this work, its other conditions can fail.
  if (hasRecord && outcomes[0] === 'failed') return 'duplicate';
  if (outcomes.length === 0 || outcomes.includes('throttled')) throw cause;
  const own = hasRecord ? 1 : 0;
  throw (
    failureOf(id, writes.slice(own), outcomes.slice(own)) ??
    new StaleError(`${id}: a loaded item has changed.`, { cause })
  );
}

/** The error for conditions that do not mean that a loaded item has changed. */
function failureOf(id: string, writes: readonly Write[], outcomes: readonly WriteOutcome[]): Error | undefined {
  const refused = writes.filter((_, index) => outcomes[index] === 'failed' || outcomes[index] === 'missing');
  const [first] = refused;
  if (!first) return undefined;
  // If another condition failed too, a concurrent unit of work can have created the item: the handler decides again. So it does if a
  // copy of the message can have created the item, because its next run would find the receipt.
  if (refused.every((write) => write.kind === 'create' && !write.receipts?.length)) {
    return new PermanentError(`${id} creates ${refId(first.ref)}, which exists already.`);
  }
  const missing = writes.find((_, index) => outcomes[index] === 'missing');
  if (missing?.kind !== 'adjust') return undefined;
  return new StaleError(
    `${id}: ${refId(missing.ref)} does not exist, so its ${missing.attribute} cannot be held at ${missing.floor} or above.`,
  );
}

/** @throws PermanentError as {@link commit} does, when the record can never be stored */
export function toTransaction({ id, record, staged }: Unit): Transaction {
  const { outbox, writes, size } = staged;
  if (record === undefined) return { id, hasRecord: false, writes, bytes: size };
  const item = outbox.length > 0 ? { ...record, outbox: writeOutbox(staged.traceparent, outbox) } : record;
  const create: Write = { kind: 'create', ref: { table: 'records', key: { id } }, item };
  return { id, hasRecord: true, writes: [create, ...writes], bytes: checkWrite(create) + size };
}
