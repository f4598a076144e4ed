import type { Runtime } from '../runtime';
import type { BusinessDay } from './business-day';

/** A range of keys: a shard of a day. The first and the last range of a reconciliation are open. */
export interface KeyRange {
  /** The first key. @default no bound */
  readonly from?: string;
  /** The first key beyond the range. @default no bound */
  readonly to?: string;
}

/** A request for one page of a book. */
export interface PageRequest extends KeyRange {
  /** The day that is compared. */
  readonly day: BusinessDay;
  /** Only entries with greater keys. @default from the start of the range */
  readonly after?: string;
  /** The most entries of a page. */
  readonly limit: number;
}

/** One page of a book. */
export interface Page<Entry> {
  /** In ascending order of their keys. */
  readonly entries: readonly Entry[];
  /** Whether no entry of the range follows. */
  readonly end: boolean;
}

/** One of the books that are compared, e.g. a table's index by day, or an API. */
export interface Book<Entry> {
  /** Reads entries of a day in ascending order of their keys. */
  page(request: PageRequest, runtime: Runtime): Promise<Page<Entry>>;
  /** Reads all entries under a key, of any day: a difference counts only if the other book has its entry on no day. */
  find(key: string, runtime: Runtime): Promise<readonly Entry[]>;
}

/** The books of a reconciliation by name. `Entries` names the type of each book's entries. */
export type Books<Entries> = { readonly [Name in keyof Entries]: Book<Entries[Name]> };

/** The entries of each book under one key. */
export type Sides<Entries> = { readonly [Name in keyof Entries]: readonly Entries[Name][] };

/** Ranges of keys that start with a hexadecimal digit, as hashes do: one for each digit. Together they cover all keys. */
export const hexadecimalRanges: readonly KeyRange[] = [...'0123456789abcdef'].map((digit, index, digits) => ({
  ...(index > 0 && { from: digit }),
  ...(index < digits.length - 1 && { to: digits[index + 1] }),
}));
