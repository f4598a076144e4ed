import type { InboxRef } from '../declare/table';
import { deterministicId } from '../events/ids';
import type { Runtime } from '../runtime';
import { type Loaded, refId, type Store } from '../store/store';
import { type ProcessedRecord, recordRef } from '../work/commit';
import type { EarlyLoads } from '../work/early-loads';
import { findReceipt, MOST_RECEIPTS, type RecordDetails, recordIn } from '../work/receipts';
import type { Cause } from '../work/unit-of-work';
import { type HttpResponse, Problem } from './http';

/** A request with a key, and where its answer is kept. */
export interface Asked {
  readonly requestHash: string;
  /** Its id is that of the key. */
  readonly cause: Cause;
  /** `<service>.<endpoint>` */
  readonly consumer: string;
  /** The item that keeps the answer. @default the idempotency table */
  readonly inbox?: InboxRef;
  /** The handler's first unit of work does not read the inbox again. */
  readonly early: EarlyLoads;
}

/**
 * Scopes a key to an item of an inbox: the receipts of one item do not tell whether the key was used for another.
 *
 * @param cause its id is that of the key
 */
export function causeIn(inbox: InboxRef, cause: Cause): Cause {
  const id = deterministicId(cause.id, refId(inbox));
  return { ...cause, id, correlationId: id };
}

/**
 * Returns the answer to an earlier request with the same key.
 *
 * @returns undefined if there was none
 * @throws Problem 422 when the key was used for another body
 */
export async function earlierAnswer(asked: Asked, { store }: Runtime): Promise<HttpResponse | undefined> {
  const record = await earlierRecord(asked, store);
  if (!record) return undefined;
  if (record.requestHash !== asked.requestHash) {
    throw new Problem(422, 'idempotency-key-reused', 'The Idempotency-Key was used for another request', [
      { field: 'Idempotency-Key', detail: 'choose a new key for a new request, or repeat the first one unchanged' },
    ]);
  }
  return JSON.parse(record.response ?? '{}') as HttpResponse;
}

/** @returns a record without an answer if only the receipt is left */
async function earlierRecord(
  { cause, consumer, inbox, early }: Asked,
  store: Store,
): Promise<RecordDetails | undefined> {
  const load = async (id: string) =>
    (await store.load([recordRef(consumer, id)]))[0]?.item as ProcessedRecord | undefined;
  if (!inbox) return load(cause.id);
  // The record is from before the inbox was declared. Both are read by one call.
  const [kept, before] = await Promise.all([early.load(inbox), load(cause.id)]);
  if (before) return before;
  const { id } = causeIn(inbox, cause);
  const receipt = findReceipt(kept?.receipts, id);
  if (receipt === undefined) return hasRoom(kept) ? undefined : load(id);
  return recordIn(receipt) ?? (await load(id)) ?? {};
}

/** Whether an item keeps the receipt of each of its requests. */
function hasRoom(item: Loaded | undefined): boolean {
  return !item || (item.receipts !== undefined && item.receipts.length < MOST_RECEIPTS);
}
