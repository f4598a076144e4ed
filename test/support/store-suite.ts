import { PermanentError } from '../../lambdas/runtime/errors';
import {
  type Ref,
  type Store,
  TransactionCancelled,
  type Write,
  type WriteOutcome,
} from '../../lambdas/runtime/store/store';

type Note = { id: string; text?: string; count?: number; part?: string; due?: string };

/**
 * Tests that every store must pass. The table `notes` has the partition key `id` and the index `by-due` on `part` and `due`.
 *
 * @param accepts the calls that an emulator accepts although DynamoDB refuses them
 * @param hasStatements whether it executes statements in PartiQL. Default: true
 */
export function describeStore(
  name: string,
  open: () => Promise<Store> | Store,
  {
    accepts = [],
    hasStatements = true,
  }: { readonly accepts?: readonly string[]; readonly hasStatements?: boolean } = {},
): void {
  const note = (id: string): Ref<Note> => ({ table: 'notes', key: { id } });
  const put = (id: string, expected: number | 'absent', more: Partial<Note> = {}): Write => {
    return { kind: 'put', ref: note(id), item: { id, ...more }, expected };
  };
  const adjust = (id: string, by: number, floor?: number): Write => {
    return { kind: 'adjust', ref: note(id), attribute: 'count', by, floor };
  };
  const outcomes = async (store: Store, writes: Write[]): Promise<readonly WriteOutcome[]> => {
    try {
      await store.transact(writes);
      return writes.map(() => 'ok');
    } catch (error) {
      if (error instanceof TransactionCancelled) return error.outcomes;
      throw error;
    }
  };

  /** Loads items without the names of their attributes, which a store need not know. */
  const loadAll = async (store: Store, ...refs: Ref[]) => {
    const found = await store.load(refs);
    return found.map((one) => one && { ...one, attributes: undefined });
  };
  /** Puts items by one call, each over what is stored now. */
  const replaceEach = async (store: Store, notes: readonly (Partial<Note> & { id: string })[], more: object = {}) => {
    const found = await store.load(notes.map(({ id }) => note(id)));
    const writes = notes.map(({ id, ...rest }, index): Write => {
      const { version = 0, attributes } = found[index] ?? {};
      return { ...put(id, version, rest), replaced: attributes, ...more } as Write;
    });
    return outcomesOf(await store.writeEach(writes));
  };
  const outcomesOf = (errors: readonly (Error | undefined)[]) =>
    errors.map((error) => (error instanceof TransactionCancelled ? error.outcomes : (error ?? 'applied')));

  describe(name, () => {
    test('loads what was put, with its version', async () => {
      const store = await open();
      await store.transact([put('a', 'absent', { text: 'ä\t𝄞', count: 3 })]);
      expect(await loadAll(store, note('a'), note('nobody'))).toEqual([
        { item: { id: 'a', text: 'ä\t𝄞', count: 3 }, version: 1 },
        undefined,
      ]);
    });

    test('loads many items in the order of their references, even if one is listed twice', async () => {
      const store = await open();
      const ids = Array.from({ length: 60 }, (_, index) => `n${index}`);
      await store.transact(ids.map((id, index) => put(id, 'absent', { count: index })));
      const asked = [...ids].reverse().flatMap((id) => [note(id), note(`no-${id}`)]);
      const [found, again] = await Promise.all([store.load(asked), store.load([note('n7'), note('n7')])]);
      expect(found.map((one) => (one?.item as Note | undefined)?.count)).toEqual(
        [...ids.keys()].reverse().flatMap((index) => [index, undefined]),
      );
      expect(again.map((one) => one?.item)).toEqual(Array(2).fill({ id: 'n7', count: 7 }));
    });

    test('puts an item that must be absent only once', async () => {
      const store = await open();
      await store.transact([put('a', 'absent')]);
      expect(await outcomes(store, [put('a', 'absent')])).toEqual(['failed']);
    });

    test('puts an item only over the version that was read', async () => {
      const store = await open();
      await store.transact([put('a', 'absent', { text: 'one' })]);
      await store.transact([put('a', 1, { text: 'two' })]);
      expect(await outcomes(store, [put('a', 1, { text: 'lost' })])).toEqual(['failed']);
      expect(await loadAll(store, note('a'))).toEqual([{ item: { id: 'a', text: 'two' }, version: 2 }]);
    });

    test('stores no undefined attributes', async () => {
      const store = await open();
      await store.transact([put('a', 'absent', { text: undefined, count: 1 })]);
      expect((await store.load([note('a')]))[0]?.item).toEqual({ id: 'a', count: 1 });
    });

    test('adjusts a number, and raises the version so that a put on the old one fails', async () => {
      const store = await open();
      await store.transact([put('a', 'absent', { count: 5 })]);
      await store.transact([adjust('a', -2, 0)]);
      expect(await loadAll(store, note('a'))).toEqual([{ item: { id: 'a', count: 3 }, version: 2 }]);
      expect(await outcomes(store, [put('a', 1)])).toEqual(['failed']);
    });

    test('adjusts a fraction without the errors of binary numbers', async () => {
      const store = await open();
      await store.transact([put('a', 'absent', { count: 0.1 })]);
      for (const by of [1, -1]) await store.transact([adjust('a', by)]);
      expect(await loadAll(store, note('a'))).toEqual([{ item: { id: 'a', count: 0.1 }, version: 3 }]);
    });

    test('adjusts down to the floor, but not below it', async () => {
      const store = await open();
      await store.transact([put('a', 'absent', { count: 2 })]);
      await store.transact([adjust('a', -2, 0)]);
      expect(await outcomes(store, [adjust('a', -1, 0)])).toEqual(['failed']);
    });

    test('creates the missing item or number of an adjustment without a floor', async () => {
      const store = await open();
      await store.transact([put('a', 'absent')]);
      await store.transact([adjust('a', 1), adjust('new', 2)]);
      expect((await store.load([note('a'), note('new')])).map((one) => one?.item)).toEqual([
        { id: 'a', count: 1 },
        { id: 'new', count: 2 },
      ]);
    });

    test('distinguishes a floor on a missing item from a floor on a number that is too low', async () => {
      const store = await open();
      await store.transact([put('a', 'absent', { count: 1 }), put('none', 'absent')]);
      const all = await outcomes(store, [adjust('a', -2, 0), adjust('nobody', 1, 0), adjust('none', 1, 0)]);
      expect(all).toEqual(['failed', 'missing', 'failed']);
    });

    test('creates an item only once', async () => {
      const store = await open();
      const create: Write = { kind: 'create', ref: note('a'), item: { id: 'a', text: 'first' } };
      await store.transact([create]);
      expect(await outcomes(store, [create])).toEqual(['failed']);
      expect(await loadAll(store, note('a'))).toEqual([{ item: { id: 'a', text: 'first' }, version: 1 }]);
    });

    test('applies all writes of a transaction or none, and names the failed condition', async () => {
      const store = await open();
      await store.transact([put('a', 'absent', { count: 1 }), put('b', 'absent', { count: 1 })]);
      expect(await outcomes(store, [put('c', 'absent'), adjust('a', -2, 0), adjust('b', 1)])).toEqual([
        'ok',
        'failed',
        'ok',
      ]);
      expect((await store.load([note('a'), note('b'), note('c')])).map((one) => one?.version)).toEqual([
        1,
        1,
        undefined,
      ]);
    });

    test('lets only one of two concurrent puts create an item', async () => {
      const store = await open();
      const both = await Promise.all([outcomes(store, [put('a', 'absent')]), outcomes(store, [put('a', 'absent')])]);
      expect(both.flat().sort()).toEqual(['failed', 'ok']);
    });

    const testEach = hasStatements ? test : test.skip;
    testEach('writes each item for itself', async () => {
      const store = await open();
      const create: Write = { kind: 'create', ref: note('c'), item: { id: 'c', text: 'ä', count: -0.5 } };
      expect(await store.writeEach([put('a', 'absent', { count: 1 }), put('b', 'absent'), create])).toEqual(
        Array(3).fill(undefined),
      );
      expect(outcomesOf(await store.writeEach([put('a', 'absent'), create, put('d', 'absent')]))).toEqual([
        ['failed'],
        ['failed'],
        'applied',
      ]);
      expect(await loadAll(store, note('a'), note('c'), note('d'))).toEqual([
        { item: { id: 'a', count: 1 }, version: 1 },
        { item: { id: 'c', text: 'ä', count: -0.5 }, version: 1 },
        { item: { id: 'd' }, version: 1 },
      ]);
    });

    testEach('replaces each item for itself, as a whole', async () => {
      const store = await open();
      await store.transact([
        put('a', 'absent', { text: 'one', count: 1 }),
        put('b', 'absent', { part: 'p', due: '1' }),
      ]);
      const after = [
        { id: 'a', text: 'two', due: '2' },
        { id: 'b', due: '3', text: '' },
      ];
      expect(await replaceEach(store, after)).toEqual(['applied', 'applied']);
      expect(await loadAll(store, note('a'), note('b'))).toEqual(after.map((item) => ({ item, version: 2 })));
    });

    testEach('replaces neither an item that has changed nor a missing one', async () => {
      const store = await open();
      await store.transact(['a', 'b'].map((id) => put(id, 'absent')));
      const replaced = ['id', '_version'];
      const writes = [put('a', 7, { text: 'lost' }), put('nobody', 1), put('b', 1, { text: 'kept' })];
      const errors = await store.writeEach(writes.map((write) => ({ ...write, replaced }) as Write));
      expect(outcomesOf(errors)).toEqual([['failed'], ['failed'], 'applied']);
      expect(await loadAll(store, note('a'), note('nobody'), note('b'))).toEqual([
        { item: { id: 'a' }, version: 1 },
        undefined,
        { item: { id: 'b', text: 'kept' }, version: 2 },
      ]);
    });

    testEach('replaces the receipts of each item', async () => {
      const store = await open();
      const receipts = ['one', 'two'];
      await store.writeEach(['a', 'b'].map((id) => ({ ...put(id, 'absent'), receipts }) as Write));
      expect((await store.load([note('a'), note('b')])).map((one) => one?.receipts)).toEqual([receipts, receipts]);
      expect(await replaceEach(store, [{ id: 'a' }, { id: 'b' }], { receipts: undefined })).toEqual([
        'applied',
        'applied',
      ]);
      expect((await store.load([note('a'), note('b')])).map((one) => one?.receipts)).toEqual([undefined, undefined]);
    });

    testEach('writes 60 items, a large one, and names that need quotes', async () => {
      const store = await open();
      const many = Array.from({ length: 60 }, (_, index) => put(`n${index}`, 'absent', { count: index }));
      const text = 'x'.repeat(100_000);
      const odd = { 'a "quoted" \'name\'': 1, '𝄞': [{ deep: null }] } as Partial<Note>;
      const writes = [...many, put('large', 'absent', { text }), put('odd', 'absent', odd), adjust('sum', 2)];
      expect(await store.writeEach(writes)).toEqual(writes.map(() => undefined));
      expect((await store.load(writes.map(({ ref }) => ref))).map((one) => one?.item)).toEqual([
        ...many.map((write) => write.kind === 'put' && write.item),
        { id: 'large', text },
        { id: 'odd', 'a "quoted" \'name\'': 1, '𝄞': [{ deep: null }] },
        { id: 'sum', count: 2 },
      ]);
    });

    testEach('applies the other writes when one can never succeed', async () => {
      const store = await open();
      const errors = await store.writeEach([put('', 'absent'), put('b', 'absent'), put('c', 'absent')]);
      expect(errors).toEqual([expect.any(PermanentError), undefined, undefined]);
    });

    const late = (from: string, upTo: string, value = 'p', limit = 10) => ({
      ...{ table: 'notes', index: 'by-due', partition: { attribute: 'part', value } },
      ...{ sort: { attribute: 'due', from, upTo }, limit },
    });
    const refused: readonly [string, (store: Store) => Promise<unknown>][] = [
      ['two writes to one item', (store) => store.transact([put('a', 'absent'), put('a', 'absent')])],
      ['more than 100 writes', (store) => store.transact([...Array(101).keys()].map((id) => put(`${id}`, 'absent')))],
      ['no writes', (store) => store.transact([])],
      ['an empty key', (store) => store.load([note('')])],
      ['an item with an empty key', (store) => store.transact([put('', 'absent')])],
      ['an adjustment of a string', (store) => store.transact([{ ...adjust('text', 1), attribute: 'text' } as Write])],
      ['an adjustment of a key', (store) => store.transact([{ ...adjust('a', 1), attribute: 'id' } as Write])],
      ['a range that ends before it begins', (store) => store.query(late('2026-01-02', '2026-01-01'))],
      ['a query without a partition', (store) => store.query(late('1', '2', ''))],
      ['a range up to an empty string', (store) => store.query(late('', ''))],
      ['a query with limit 0', (store) => store.query(late('1', '2', 'p', 0))],
    ];
    test.each(refused.filter(([what]) => !accepts.includes(what)))('refuses %s permanently', async (_, call) => {
      const store = await open();
      await store.transact([put('text', 'absent', { text: 'one' })]);
      await expect(call(store)).rejects.toBeInstanceOf(PermanentError);
    });

    test('queries a range of an index in order, without items that lack its attributes', async () => {
      const store = await open();
      const due = (id: string, day: string, part = 'p'): Write => put(id, 'absent', { part, due: `2026-01-0${day}` });
      await store.transact([
        due('late', '3'),
        due('early', '1'),
        due('mid', '2'),
        due('other', '1', 'q'),
        put('none', 'absent'),
      ]);
      const find = async (upTo: string, limit = 10) => {
        const partition = { attribute: 'part', value: 'p' };
        const found = await store.query({
          table: 'notes',
          index: 'by-due',
          partition,
          sort: { attribute: 'due', upTo },
          limit,
        });
        return (found as Note[]).map(({ id }) => id);
      };
      expect(await find('2026-01-02')).toEqual(['early', 'mid']);
      expect(await find('2026-01-09', 2)).toEqual(['early', 'mid']);
    });
  });
}
