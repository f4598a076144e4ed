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
} from '../../lambdas/runtime/store/store';

/** The store in memory, for tests. Passes the same suite as the one on DynamoDB. */
export class MemoryStore implements Store {
  private readonly tables = new Map<string, Map<string, Loaded>>();

  async load(refs: readonly Ref[]): Promise<readonly (Loaded | undefined)[]> {
    return refs.map((ref) => this.at(ref));
  }

  async query({ table, partition, sort, limit }: Query): Promise<readonly Item[]> {
    const at = (item: Item, attribute: string) => (item as Record<string, unknown>)[attribute];
    return this.items(table)
      .filter((item) => at(item, partition.attribute) === partition.value)
      .filter((item) => {
        const value = at(item, sort.attribute);
        return typeof value === 'string' && value <= sort.upTo && value >= (sort.from ?? '');
      })
      .sort((a, b) => (String(at(a, sort.attribute)) < String(at(b, sort.attribute)) ? -1 : 1))
      .slice(0, limit);
  }

  async transact(writes: readonly Write[]): Promise<void> {
    if (writes.length > 100) throw new Error('A transaction takes 100 writes at most.');
    if (new Set(writes.map(({ ref }) => refId(ref))).size < writes.length) {
      throw new Error('A transaction cannot write one item twice.');
    }
    const outcomes = writes.map((write) => this.check(write));
    if (outcomes.some((outcome) => outcome !== 'ok')) throw new TransactionCancelled(outcomes);
    for (const write of writes) this.apply(write);
  }

  /** All items of a table, for checks. */
  items<T extends Item>(table: string): T[] {
    return [...this.table(table).values()].map(({ item }) => item as T);
  }

  private check(write: Write): WriteOutcome {
    const there = this.at(write.ref);
    const ok = (condition: boolean) => (condition ? 'ok' : 'failed');
    if (write.kind === 'create') return ok(there === undefined);
    if (write.kind === 'put') return ok(write.expected === (there?.version ?? 'absent'));
    if (write.floor === undefined) return 'ok';
    if (!there) return 'missing';
    const number = numberOf(there.item, write.attribute);
    return ok(number !== undefined && number + write.by >= write.floor);
  }

  private apply(write: Write): void {
    const there = this.at(write.ref);
    const item =
      write.kind !== 'adjust'
        ? JSON.parse(JSON.stringify(write.item))
        : {
            ...write.ref.key,
            ...there?.item,
            [write.attribute]: (numberOf(there?.item ?? {}, write.attribute) ?? 0) + write.by,
          };
    this.table(write.ref.table).set(refId(write.ref), frozen({ item, version: (there?.version ?? 0) + 1 }));
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

/** Items are handed out as they are: who would change one without putting it is stopped. */
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
