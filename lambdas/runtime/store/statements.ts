import type { BatchStatementError, BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import { PermanentError } from '../errors';
import type { Attributes } from './attributes';
import { TransactionCancelled, type WriteOutcome } from './store';

/** DynamoDB Developer Guide, "Quotas in Amazon DynamoDB": the length of a PartiQL statement, in characters. */
const MOST_CHARACTERS = 8_192;
/** Names that need no escape in a statement. */
const PLAIN_NAME = /^\w+$/;

/** A put of an item: it was absent, or it had a version and some attributes. */
export interface Put {
  /** The table's physical name. */
  readonly table: string;
  /** The names of the key's attributes. */
  readonly keys: readonly string[];
  /** The item with the store's own attributes. */
  readonly item: Attributes;
  /** The attributes that must have these values, and the names of all attributes. @default the item must be absent */
  readonly replaced?: { readonly condition: Attributes; readonly names: readonly string[] };
}

/**
 * Returns the PartiQL statement of a put: an `INSERT`, or an `UPDATE` that leaves none of the replaced attributes. Undefined if a statement
 * cannot express it.
 */
export function toStatement({ table, keys, item, replaced }: Put): BatchStatementRequest | undefined {
  const names = Object.keys(item);
  const removed = replaced?.names.filter((name) => item[name] === undefined) ?? [];
  if (![...names, ...removed].every((name) => PLAIN_NAME.test(name))) return undefined;
  const { Statement, Parameters } = replaced
    ? update(table, keys, item, removed, replaced.condition)
    : insert(table, item);
  return Statement.length <= MOST_CHARACTERS ? { Statement, Parameters } : undefined;
}

/** DynamoDB refuses it if the item exists: "ql-reference.insert" in the Developer Guide. */
function insert(table: string, item: Attributes) {
  const values = Object.keys(item).map((name) => `'${name}': ?`);
  return { Statement: `INSERT INTO "${table}" VALUE {${values.join(', ')}}`, Parameters: Object.values(item) };
}

/** Its condition is false if the item does not exist: an `UPDATE` creates none. */
function update(
  table: string,
  keys: readonly string[],
  item: Attributes,
  removed: readonly string[],
  condition: Attributes,
) {
  const set = Object.entries(item).filter(([name]) => !keys.includes(name));
  const where = [...Object.entries(item).filter(([name]) => keys.includes(name)), ...Object.entries(condition)];
  const clauses = [...set.map(([name]) => `SET "${name}"=?`), ...removed.map((name) => `REMOVE "${name}"`)];
  const conditions = where.map(([name]) => `"${name}"=?`);
  return {
    Statement: `UPDATE "${table}" ${clauses.join(' ')} WHERE ${conditions.join(' AND ')}`,
    Parameters: [...set, ...where].map(([, value]) => value),
  };
}

/** The outcomes of statements that were not executed, by the code of their error. */
const OUTCOMES: Readonly<Record<string, WriteOutcome>> = {
  ConditionalCheckFailed: 'failed',
  DuplicateItem: 'failed',
  TransactionConflict: 'conflict',
  ThrottlingError: 'throttled',
  ProvisionedThroughputExceeded: 'throttled',
  RequestLimitExceeded: 'throttled',
};

/** Returns the error of a single write for that of its statement. */
export function toWriteError({ Code, Message }: BatchStatementError): Error {
  const outcome = Code && OUTCOMES[Code];
  if (outcome) return new TransactionCancelled([outcome]);
  if (Code === 'ItemCollectionSizeLimitExceeded') {
    return new PermanentError(`DynamoDB refuses the call, now and later: ${Message}`, 'rejected');
  }
  return new Error(`DynamoDB has not executed a statement (${Code}): ${Message}`);
}
