import { dataFaults } from '../../../contracts/core/data-faults';
import { isStorableText } from '../../../contracts/core/text';
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
/** A list or a map has three bytes of overhead, and one more for each element. */
const CONTAINER_BYTES = 3;
/** DynamoDB refuses an empty name. The SDK mistakes an item with the second for a class instance, and loses the third. */
const UNUSABLE_NAMES: ReadonlySet<string> = new Set(['', 'constructor', '__proto__']);
/** The longest value that an error quotes, in characters. */
const MAX_QUOTED = 64;

/** Whether a text can be a partition key: not empty, storable, and at most 2,048 bytes long. */
export function isPartitionKey(text: string): boolean {
  return text !== '' && isStorableText(text) && Buffer.byteLength(text) <= limits.partitionKey;
}

/**
 * Checks a reference to an item before it is read or written.
 *
 * @throws PermanentError `rejected` when DynamoDB would refuse its key in any call
 */
export function checkRef(ref: Ref): void {
  for (const [index, [name, value]] of Object.entries(ref.key).entries()) {
    checkKey(ref, name, value, index === 0 ? limits.partitionKey : limits.sortKey);
  }
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
  if (write.kind === 'adjust') return sizeOf(ref, { ...ref.key, [write.attribute]: write.by });
  const item = write.item as Readonly<Record<string, unknown>>;
  const [fault] = dataFaults(item);
  if (fault) throw refused(ref, `${fault.path.join('.')} ${fault.message}`);
  for (const { key, sortKey } of ref.indexes ?? []) {
    if (item[key] !== undefined) checkKey(ref, key, item[key], limits.partitionKey);
    if (item[sortKey] !== undefined) checkKey(ref, sortKey, item[sortKey], limits.sortKey);
  }
  const size = sizeOf(ref, item);
  if (size > limits.item) {
    throw new PermanentError(`${nameOf(ref)} has ${size} bytes: an item takes ${limits.item} (400 KB).`, 'too-large');
  }
  return size;
}

function checkKey(ref: Ref, name: string, value: unknown, most: number): void {
  if (typeof value !== 'string') throw refused(ref, `the key ${name} must be a string`);
  if (value === '') throw refused(ref, `the key ${name} must not be empty`);
  const [fault] = dataFaults(value);
  if (fault) throw refused(ref, `the key ${name} ${fault.message}`);
  const bytes = Buffer.byteLength(value);
  if (bytes > most) throw refused(ref, `the key ${name} has ${bytes} bytes, and at most ${most} are allowed`);
}

function sizeOf(ref: Ref, item: Readonly<Record<string, unknown>>): number {
  const measure = (value: unknown, at: string, depth: number): number => {
    switch (typeof value) {
      case 'string':
        return Buffer.byteLength(value);
      case 'number':
        return numberBytes(ref, value, at);
      case 'boolean':
        return 1;
      case 'undefined':
        // The store leaves it out.
        return 0;
      case 'object':
        return value === null ? 1 : containerBytes(value, at, depth + 1);
      default:
        throw refused(ref, `${at} is a ${typeof value}, not a JSON value`);
    }
  };
  const containerBytes = (value: object, at: string, depth: number): number => {
    if (depth > limits.nesting) throw refused(ref, `${at} is nested more than ${limits.nesting} levels deep`);
    if (!Array.isArray(value)) return CONTAINER_BYTES + attributesBytes(value, `${at}.`, depth, 1);
    return value.reduce((sum, each, index) => sum + 1 + measure(each, `${at}.${index}`, depth), CONTAINER_BYTES);
  };
  const attributesBytes = (value: object, prefix: string, depth: number, overhead: number): number => {
    const at = prefix.slice(0, -1) || 'the item';
    if (!isPlain(value)) throw refused(ref, `${at} is a ${value.constructor.name}, not a JSON value`);
    return Object.entries(value).reduce((sum, [name, each]) => {
      if (UNUSABLE_NAMES.has(name)) throw refused(ref, `${at} has an attribute named "${name}"`);
      return sum + overhead + Buffer.byteLength(name) + measure(each, `${prefix}${name}`, depth);
    }, 0);
  };
  return attributesBytes(item, '', 0, 0) + VERSION_BYTES;
}

/** At most: a byte for two digits, one for the exponent, one for the sign. */
function numberBytes(ref: Ref, number: number, at: string): number {
  if (!Number.isFinite(number) || Math.abs(number) > Number.MAX_SAFE_INTEGER) {
    throw refused(ref, `${at} is ${number}: only numbers up to ${Number.MAX_SAFE_INTEGER} are stored without loss`);
  }
  if (number !== 0 && Math.abs(number) < limits.smallestNumber) {
    throw refused(ref, `${at} is ${number}: the smallest number that can be stored is ${limits.smallestNumber}`);
  }
  const [digits = ''] = String(Math.abs(number)).split('e');
  return Math.ceil(digits.replace('.', '').length / 2) + 2;
}

/** Whether a value is an object literal or parsed JSON, and no instance of a class. */
function isPlain(value: object): boolean {
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
