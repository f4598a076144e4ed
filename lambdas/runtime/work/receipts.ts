import type { OutboxRecord } from '../events/outbox';

/**
 * Receipts that an item keeps at most, so that its size is bounded. Every further event gets an idempotency record, as without
 * an inbox.
 */
export const MOST_RECEIPTS = 100;

/**
 * Bytes of records that the receipts of an item have at most. Each later write of the item pays for them, so the further records of
 * an item that emits many events are in the idempotency table.
 */
export const MOST_RECORD_BYTES = 2 * 1024;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** In front of an id that is no UUID. A short id never begins with it. */
const OTHER_ID = '=';
/** In front of an id with a space, which would end it. */
const ENCODED_ID = '%';
const TIME_BASE = 36;

/** What a record has beside ids, times and events. */
export interface RecordDetails {
  /** The requests that the work sent to other systems, an `OutgoingCall` array as JSON. @default none */
  readonly calls?: string;
  /** The hash of a request's body. @default the cause is no request */
  readonly requestHash?: string;
  /** The response to a request, an `HttpResponse` as JSON. @default the cause is no request */
  readonly response?: string;
}

/** The record of a unit of work, as far as a receipt does not have it. */
export interface ReceiptRecord extends RecordDetails {
  /** `shipping.dispatch-shipment` */
  readonly consumer: string;
  readonly correlationId: string;
  /** As `writeOutbox` writes it. @default nothing was emitted */
  readonly outbox?: string;
}

/** A record as a receipt has it. */
export type KeptRecord = OutboxRecord & RecordDetails;

/**
 * Makes the receipt of an event, which an item keeps: when the event was processed, its id, and by which of the item's consumers. Two
 * events never have the same.
 *
 * @param at milliseconds since 1970
 * @param consumer the position of the consumer in the table's `inboxOf`. Default: 0
 */
export function makeReceipt(eventId: string, at: number, consumer = 0): string {
  const receipt = `${at.toString(TIME_BASE)}.${shortId(eventId)}`;
  return consumer === 0 ? receipt : `${receipt} ${consumer}`;
}

/**
 * Adds the record of its unit of work to a receipt.
 *
 * @param receipts those that the item keeps beside it
 * @returns undefined if the item would keep too many bytes of records
 */
export function withRecord(receipt: string, record: ReceiptRecord, receipts: readonly string[]): string | undefined {
  const { consumer, correlationId, outbox, calls, requestHash, response } = record;
  const fields = [`"by":${JSON.stringify(consumer)}`, `"flow":${JSON.stringify(correlationId)}`];
  if (outbox !== undefined) fields.push(`"outbox":${outbox}`);
  if (calls !== undefined) fields.push(`"calls":${calls}`);
  if (requestHash !== undefined) fields.push(`"hash":${JSON.stringify(requestHash)}`);
  if (response !== undefined) fields.push(`"response":${response}`);
  const json = `{${fields.join()}}`;
  const bytes = receipts.reduce((sum, one) => sum + Buffer.byteLength(recordJson(one) ?? ''), Buffer.byteLength(json));
  return bytes > MOST_RECORD_BYTES ? undefined : `${receipt.slice(0, endOf(receipt))} ${json}`;
}

/** Returns the record of a receipt; undefined if it has none. @throws SyntaxError when it is not readable */
export function recordIn(receipt: string): KeptRecord | undefined {
  const json = recordJson(receipt);
  if (json === undefined) return undefined;
  const { by, flow, outbox, calls, hash, response } = JSON.parse(json) as Readonly<Record<string, unknown>>;
  return {
    id: `${by}#${eventIdOf(receipt)}`,
    correlationId: String(flow),
    processedAt: new Date(timeOf(receipt)).toISOString(),
    ...(outbox !== undefined && { outbox }),
    ...(calls !== undefined && { calls: JSON.stringify(calls) }),
    ...(hash !== undefined && { requestHash: String(hash) }),
    ...(response !== undefined && { response: JSON.stringify(response) }),
  };
}

/**
 * Returns the records that an item keeps. One that cannot be read has its receipt as its outbox, so that it is set aside when it is
 * published.
 */
export function recordsIn(receipts: readonly string[] = []): KeptRecord[] {
  return receipts.flatMap((receipt) => {
    try {
      return recordIn(receipt) ?? [];
    } catch {
      return { id: eventIdOf(receipt), processedAt: new Date(timeOf(receipt)).toISOString(), outbox: receipt };
    }
  });
}

/** Returns the receipt of an event among those of an item, if it keeps any; undefined if the event was not processed. */
export function findReceipt(receipts: readonly string[] | undefined, eventId: string): string | undefined {
  if (!receipts?.length) return undefined;
  const id = shortId(eventId);
  return receipts.find((receipt) => {
    const start = startOf(receipt);
    return receipt.startsWith(id, start) && endOf(receipt) === start + id.length;
  });
}

/** Returns when the event of a receipt was processed, in milliseconds since 1970. */
export function timeOf(receipt: string): number {
  return Number.parseInt(receipt, TIME_BASE);
}

/** Returns the id of the event of a receipt. */
export function eventIdOf(receipt: string): string {
  const id = idIn(receipt);
  if (id.startsWith(OTHER_ID)) return id.slice(OTHER_ID.length);
  if (id.startsWith(ENCODED_ID)) return decodeURIComponent(id.slice(ENCODED_ID.length));
  const hex = Buffer.from(id, 'base64url').toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Returns the consumer that has processed the event of a receipt.
 *
 * @param consumers those of the table's `inboxOf`, in its order
 */
export function consumerIn(receipt: string, consumers: readonly string[]): string | undefined {
  const [, by] = /^\S+ \{"by":"([^"]+)"/.exec(receipt) ?? [];
  return by ?? consumers[Number(receipt.slice(endOf(receipt) + 1))];
}

function idIn(receipt: string): string {
  return receipt.slice(startOf(receipt), endOf(receipt));
}

/** Where the id starts, after the time. */
function startOf(receipt: string): number {
  return receipt.indexOf('.') + 1;
}

/** Where the time and the id end. */
function endOf(receipt: string): number {
  const space = receipt.indexOf(' ');
  return space < 0 ? receipt.length : space;
}

function recordJson(receipt: string): string | undefined {
  const start = endOf(receipt) + 1;
  return receipt[start] === '{' ? receipt.slice(start) : undefined;
}

/** A UUID in 22 characters instead of 36, because an item's size is paid for at every write. */
function shortId(id: string): string {
  if (UUID.test(id)) return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
  return id.includes(' ') ? `${ENCODED_ID}${encodeURIComponent(id)}` : `${OTHER_ID}${id}`;
}
