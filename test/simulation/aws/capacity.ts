import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Attributes } from './expressions';

/** Capacity units that one item takes from a table, or from one of its indexes. */
export interface Consumption {
  /** The table's physical name, and the index's behind a slash. */
  readonly of: string;
  readonly kind: 'read' | 'write';
  readonly units: number;
  /** The size of the item that counted. */
  readonly bytes: number;
}

/** A read unit reads 4 KB, and a write unit writes 1 KB (DynamoDB Developer Guide, "DynamoDB read and write operations"). */
const READ_BYTES = 4_096;
const WRITE_BYTES = 1_024;

export function readUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / READ_BYTES));
}

export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_BYTES));
}

/** The parts of an index that decide which writes reach it. */
interface Index {
  readonly key: string;
  readonly sortKey: string;
  readonly keysOnly?: boolean;
}

/**
 * The units that an index takes for a write of its table: none when what it projects stays the same, and two when its key changes, which
 * deletes one entry and puts another (Developer Guide, "Provisioned throughput considerations for Global Secondary Indexes").
 *
 * @param keys the attributes of the table's key
 */
export function indexUnits(
  index: Index,
  keys: readonly string[],
  before: Attributes | undefined,
  after: Attributes,
): Pick<Consumption, 'units' | 'bytes'> {
  const [old, next] = [before, after].map((item) => project(index, keys, item));
  const [oldBytes, bytes] = [old, next].map((entry) => (entry ? itemBytes(entry) : 0)) as [number, number];
  const isSameKey = [index.key, index.sortKey].every((name) => same(old?.[name], next?.[name]));
  if (isSameKey) {
    const units = JSON.stringify(old) === JSON.stringify(next) ? 0 : writeUnits(Math.max(oldBytes, bytes));
    return { units, bytes };
  }
  return { units: (old ? writeUnits(oldBytes) : 0) + (next ? writeUnits(bytes) : 0), bytes };
}

function project(
  { key, sortKey, keysOnly }: Index,
  keys: readonly string[],
  item?: Attributes,
): Attributes | undefined {
  if (!item?.[key] || !item[sortKey]) return undefined;
  const names = keysOnly ? new Set([...keys, key, sortKey]) : new Set(Object.keys(item));
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
}

function same(one: AttributeValue | undefined, other: AttributeValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The size of an item (Developer Guide, "DynamoDB item sizes and formats"). */
export function itemBytes(item: Attributes): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes({ S, N, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  // A byte for two significant digits, and one more.
  if (N !== undefined) return Math.ceil(N.replace(/^-|\.|e.*$/g, '').length / 2) + 1;
  // Three bytes for a list or a map, and one for each element.
  if (L !== undefined) return L.reduce((sum, one) => sum + 1 + valueBytes(one), 3);
  if (M !== undefined) return itemBytes(M) + Object.keys(M).length + 3;
  return 1;
}
