/**
 * Receipts that an item keeps at most, so that its size is bounded. Every further event gets an idempotency record, as without
 * an inbox.
 */
export const MOST_RECEIPTS = 100;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** In front of an id that is no UUID. A short id never begins with it. */
const OTHER_ID = '=';
const TIME_BASE = 36;

/**
 * Makes the receipt of an event, which an item keeps: when the event was processed, and its id. Two events never have the same.
 *
 * @param at milliseconds since 1970
 */
export function makeReceipt(eventId: string, at: number): string {
  return `${at.toString(TIME_BASE)}.${shortId(eventId)}`;
}

/** Returns the receipt of an event among those of an item, if it keeps any; undefined if the event was not processed. */
export function findReceipt(receipts: readonly string[] | undefined, eventId: string): string | undefined {
  const end = `.${shortId(eventId)}`;
  return receipts?.find((receipt) => receipt.length - receipt.indexOf('.') === end.length && receipt.endsWith(end));
}

/** Returns when the event of a receipt was processed, in milliseconds since 1970. */
export function timeOf(receipt: string): number {
  return Number.parseInt(receipt, TIME_BASE);
}

/** Returns the id of the event of a receipt. */
export function eventIdOf(receipt: string): string {
  const id = receipt.slice(receipt.indexOf('.') + 1);
  if (id.startsWith(OTHER_ID)) return id.slice(OTHER_ID.length);
  return Buffer.from(id, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A UUID in 22 characters instead of 36, because an item's size is paid for at every write. */
function shortId(id: string): string {
  return UUID.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url') : `${OTHER_ID}${id}`;
}
