import { dataProblem } from '../../../contracts/core/data-faults';
import { PermanentError } from '../errors';
import { type Ref, refId, type Write } from './store';

/** DynamoDB's limits (Developer Guide, "Quotas in Amazon DynamoDB"). Sizes are in bytes. */
export const limits = {
  /** Writes in one transaction. One of them is the idempotency record. */
  writes: 100,
  item: 400 * 1024,
  transaction: 4 * 1024 * 1024,
  partitionKey: 2_048,
  sortKey: 1_024,
  /** Levels of lists and maps inside an attribute. */
  nesting: 32,
  /** The smallest number above zero. */
  smallestNumber: 1e-130,
} as const;

/** The store adds the item's version: eight bytes of name, and a number. */
const VERSION_BYTES = 8 + 11;
const RECEIPTS_NAME_BYTES = 9;
const RECORDED_BYTES = 9 + 1;
/** The overhead of a list or a map, and of each element. */
const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;
/** DynamoDB refuses an empty name. The SDK mistakes an item with the second for a class instance, and loses the third. */
const UNUSABLE_NAMES: ReadonlySet<string> = new Set(['', 'constructor', '__proto__']);
/** The longest value that an error quotes, in characters. */
const MAX_QUOTED = 64;

/** Whether a text can be a partition key: not empty, storable, and at most 2,048 bytes long. */
export function isPartitionKey(text: string): boolean {
  return keyProblem(text, limits.partitionKey) === undefined;
}

/**
 * Checks a reference to an item before it is read or written.
 *
 * @throws PermanentError `rejected` when DynamoDB would refuse its key in any call
 */
export function checkRef(ref: Ref): void {
  checkKeys(ref, Object.keys(ref.key), ref.key);
}

/**
 * Checks a write before it is staged, and measures it as DynamoDB does.
 *
 * @returns the size in bytes
 * @throws PermanentError `rejected` when DynamoDB would refuse the write in any call; `too-large` for an item above 400 KB
 */
export function checkWrite(write: Write): number {
  const { ref } = write;
  checkRef(ref);
  if (write.kind === 'adjust') return sizeOf(ref, { ...ref.key, [write.attribute]: write.by }) + VERSION_BYTES;
  const item = write.item as Readonly<Record<string, unknown>>;
  for (const { key, sortKey } of ref.indexes ?? []) checkKeys(ref, [key, sortKey], item);
  const size = sizeOf(ref, item) + VERSION_BYTES + receiptsBytes(write.receipts);
  if (size > limits.item) {
    throw new PermanentError(`${nameOf(ref)} has ${size} bytes: an item takes ${limits.item} (400 KB).`, 'too-large');
  }
  return size;
}

function receiptsBytes(receipts: readonly string[] | undefined): number {
  if (receipts === undefined) return 0;
  const each = receipts.reduce((sum, receipt) => sum + ELEMENT_BYTES + Buffer.byteLength(receipt), 0);
  return RECEIPTS_NAME_BYTES + RECORDED_BYTES + CONTAINER_BYTES + each;
}

/** @param names of the partition key, and of the sort key where there is one */
function checkKeys(ref: Ref, names: readonly string[], item: Readonly<Record<string, unknown>>): void {
  names.forEach((name, position) => {
    const value = item[name];
    // An item without the attribute is not in the index.
    if (value === undefined) return;
    const problem = keyProblem(value, position === 0 ? limits.partitionKey : limits.sortKey);
    if (problem) throw refused(ref, `the key ${name} ${problem}`);
  });
}

function keyProblem(value: unknown, most: number): string | undefined {
  if (typeof value !== 'string' || value === '') return 'must be a string that is not empty';
  const bytes = Buffer.byteLength(value);
  return bytes > most ? `has ${bytes} bytes, and at most ${most} are allowed` : dataProblem(value);
}

/** Never less than DynamoDB counts ("DynamoDB item sizes and formats"), and more by a few bytes at most. */
function sizeOf(ref: Ref, value: unknown, at: Place = undefined, depth = 0): number {
  // The store leaves out what is undefined.
  if (value === undefined) return 0;
  if (value === null || typeof value === 'boolean') return 1;
  if (typeof value === 'string') {
    const problem = dataProblem(value);
    if (problem) throw refused(ref, `${pathTo(at)} ${problem}`);
    return Buffer.byteLength(value);
  }
  if (typeof value === 'number') return numberBytes(ref, value, at);
  if (typeof value !== 'object' || !isPlain(value)) throw refused(ref, `${pathTo(at)} is not a JSON value`);
  if (depth > limits.nesting) throw refused(ref, `${pathTo(at)} is nested more than ${limits.nesting} levels deep`);
  const isList = Array.isArray(value);
  let size = CONTAINER_BYTES;
  for (const name of Object.keys(value)) {
    const place = { name, in: at };
    if (UNUSABLE_NAMES.has(name)) throw refused(ref, `${pathTo(place)} is a name that attributes cannot have`);
    const problem = isList ? undefined : dataProblem(name);
    if (problem) throw refused(ref, `${pathTo(place)} has a name that ${problem}`);
    const each = (value as Readonly<Record<string, unknown>>)[name];
    size += ELEMENT_BYTES + (isList ? 0 : Buffer.byteLength(name)) + sizeOf(ref, each, place, depth + 1);
  }
  return size;
}

/** The place of a value. Only an error needs its path. */
type Place = { readonly name: string; readonly in: Place } | undefined;

function pathTo(place: Place): string {
  return place === undefined ? '' : place.in === undefined ? place.name : `${pathTo(place.in)}.${place.name}`;
}

/** At most: a byte for two digits, one for the exponent, one for the sign. */
function numberBytes(ref: Ref, number: number, at: Place): number {
  if (!Number.isFinite(number) || Math.abs(number) > Number.MAX_SAFE_INTEGER) {
    throw refused(
      ref,
      `${pathTo(at)} is ${number}: only numbers up to ${Number.MAX_SAFE_INTEGER} are stored without loss`,
    );
  }
  if (number !== 0 && Math.abs(number) < limits.smallestNumber) {
    throw refused(
      ref,
      `${pathTo(at)} is ${number}: the smallest number that can be stored is ${limits.smallestNumber}`,
    );
  }
  if (Number.isInteger(number)) return Math.ceil(String(Math.abs(number)).length / 2) + 2;
  const [digits = ''] = String(Math.abs(number)).split('e');
  return Math.ceil(digits.replace('.', '').length / 2) + 2;
}

/** Whether a value is a list, an object literal or parsed JSON, and no instance of a class. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refused(ref: Ref, problem: string): PermanentError {
  return new PermanentError(`${nameOf(ref)} cannot be stored: ${problem}.`, 'rejected');
}

function nameOf(ref: Ref): string {
  const name = refId(ref);
  return name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}…` : name;
}
