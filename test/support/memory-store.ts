import { PermanentError } from '../../lambdas/runtime/errors';
import { checkRef, checkWrite, limits } from '../../lambdas/runtime/store/limits';
import {
  type Item,
  type Loaded,
  type Query,
  type Ref,
  refId,
  type Store,
  TransactionCancelled,
  type Write,
  type WriteOutcome,
  writeOneByOne,
} from '../../lambdas/runtime/store/store';
import { recordsIn } from '../../lambdas/runtime/work/receipts';
import { decimalSum } from '../simulation/aws/expressions';

/** A store in memory, for tests. It refuses what DynamoDB refuses, and passes the same suite as the store on DynamoDB. */
export class MemoryStore implements Store {
  private readonly tables = new Map<string, Map<string, Loaded>>();
  private readonly written: Item[] = [];

  async load(refs: readonly Ref[]): Promise<readonly (Loaded | undefined)[]> {
    refs.forEach(checkRef);
    return refs.map((ref) => this.at(ref));
  }

  /**
   * Queries an index.
   *
   * @param query index, keys and limit
   */
  async query({ table, partition, sort, limit }: Query): Promise<readonly Item[]> {
    const { from = '', upTo } = sort;
    if (partition.value === '' || upTo === '') throw refused('a key of the query is empty');
    if (limit < 1) throw refused('the limit of the query is not positive');
    if (compareBytes(from, upTo) > 0) throw refused(`the range from ${from} to ${upTo} ends before it begins`);
    const at = (item: Item, attribute: string) => (item as Record<string, unknown>)[attribute];
    return this.items(table)
      .filter((item) => at(item, partition.attribute) === partition.value)
      .map((item) => ({ item, key: at(item, sort.attribute) }))
      .filter((one): one is { item: Item; key: string } => typeof one.key === 'string')
      .filter(({ key }) => compareBytes(from, key) <= 0 && compareBytes(key, upTo) <= 0)
      .sort((a, b) => compareBytes(a.key, b.key))
      .slice(0, limit)
      .map(({ item }) => item);
  }

  async transact(writes: readonly Write[]): Promise<void> {
    if (writes.length < 1 || writes.length > limits.writes) {
      throw refused(`a transaction has 1 to ${limits.writes} writes, not ${writes.length}`);
    }
    if (new Set(writes.map(({ ref }) => refId(ref))).size < writes.length) {
      throw refused('a transaction cannot write one item twice');
    }
    writes.forEach(checkWrite);
    const outcomes = writes.map((write) => this.check(write));
    if (outcomes.some((outcome) => outcome === 'rejected')) throw refused('an adjusted attribute is not a number');
    if (outcomes.some((outcome) => outcome !== 'ok')) throw new TransactionCancelled(outcomes as WriteOutcome[]);
    for (const write of writes) this.apply(write);
  }

  writeEach(writes: readonly Write[]): Promise<readonly (Error | undefined)[]> {
    return writeOneByOne(writes, (write) => this.transact([write]));
  }

  /** Returns all items of a table, for assertions. */
  items<T extends Item>(table: string): T[] {
    return [...this.table(table).values()].map(({ item }) => item as T);
  }

  /** Returns all records in the order in which they were written, those in receipts included, for assertions. */
  records<T extends Item>(): T[] {
    return this.written as Item[] as T[];
  }

  private check(write: Write): WriteOutcome | 'rejected' {
    const there = this.at(write.ref);
    const ok = (condition: boolean) => (condition ? 'ok' : 'failed');
    if (write.kind === 'create') return ok(there === undefined);
    if (write.kind === 'put') return ok(write.expected === (there?.version ?? 'absent'));
    const value = (there?.item as Record<string, unknown> | undefined)?.[write.attribute];
    const isNumber = typeof value === 'number';
    if (write.attribute in write.ref.key) return 'rejected';
    if (write.floor === undefined) return value === undefined || isNumber ? 'ok' : 'rejected';
    if (!there) return 'missing';
    return ok(isNumber && value + write.by >= write.floor);
  }

  private apply(write: Write): void {
    const there = this.at(write.ref);
    const item =
      write.kind !== 'adjust'
        ? JSON.parse(JSON.stringify(write.item))
        : {
            ...write.ref.key,
            ...there?.item,
            [write.attribute]: decimalSum(numberOf(there?.item ?? {}, write.attribute) ?? 0, write.by),
          };
    if (write.ref.table === 'records') this.written.push(item);
    if (write.kind !== 'adjust' && write.hasRecord) this.written.push(...recordsIn(write.receipts?.slice(-1)));
    const receipts = write.kind === 'adjust' ? there?.receipts : write.receipts;
    const version = (there?.version ?? 0) + 1;
    this.table(write.ref.table).set(refId(write.ref), frozen({ item, version, ...(receipts && { receipts }) }));
  }

  private at(ref: Ref): Loaded | undefined {
    return this.table(ref.table).get(refId(ref));
  }

  private table(name: string): Map<string, Loaded> {
    const table = this.tables.get(name) ?? new Map<string, Loaded>();
    this.tables.set(name, table);
    return table;
  }
}

/** DynamoDB compares strings by their bytes in UTF-8; JavaScript compares UTF-16, which differs above U+FFFF. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function refused(problem: string): PermanentError {
  return new PermanentError(`DynamoDB would refuse the call, now and later: ${problem}.`, 'rejected');
}

/** Freezes an item, because loads return it without a copy: changing it without a put throws. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}

function numberOf(item: Item, attribute: string): number | undefined {
  const value = (item as Record<string, unknown>)[attribute];
  return typeof value === 'number' ? value : undefined;
}
