import { PermanentError } from '../../../lambdas/runtime/errors';
import { limits } from '../../../lambdas/runtime/store/limits';
import { type Store, TransactionCancelled, type Write, type WriteOutcome } from '../../../lambdas/runtime/store/store';
import type { Unit } from '../../../lambdas/runtime/work/commit';
import { groupCommit } from '../../../lambdas/runtime/work/group-commit';

const ref = (id: string) => ({ table: 'counters', key: { id } });
const put = (id: string): Write => ({ kind: 'create', ref: ref(id), item: { id } });
const adjust = (id: string, by: number, floor?: number): Write => ({
  kind: 'adjust',
  ref: ref(id),
  attribute: 'count',
  by,
  floor,
});
const puts = (name: string, count: number) => Array.from({ length: count }, (_, index) => put(`${name}${index}`));
const unit = (id: string, writes: readonly Write[], size = 0) =>
  ({ id, staged: { outbox: [], writes, size } }) as unknown as Unit;

/**
 * Commits units that are ready together. Each failure is thrown by one transaction, in order; undefined lets it pass.
 *
 * @param refusals the errors of single writes, by the id of their item
 */
async function commitAll(
  units: readonly Unit[],
  failures: readonly (Error | undefined)[] = [],
  refusals: Readonly<Record<string, Error>> = {},
) {
  const transactions: string[][] = [];
  const singles: string[][] = [];
  const writeEach = async (writes: readonly Write[]) => {
    const ids = writes.map((write) => String(write.ref.key.id));
    singles.push(ids);
    return ids.map((id) => refusals[id]);
  };
  const transact = async (writes: readonly Write[]) => {
    transactions.push(writes.map((write) => String(write.ref.key.id)));
    if (transactions.length > 20) throw new Error('too many transactions');
    const failure = failures[transactions.length - 1];
    if (failure) throw failure;
  };
  const actions: (() => void)[] = [];
  const commit = groupCommit({ transact, writeEach } as unknown as Store, (action) => actions.push(action));
  const commits = units.map((one) => commit(one));
  for (const action of actions) action();
  const results = await Promise.allSettled(commits);
  const outcomes = results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason));
  return { transactions, singles, outcomes, sizes: transactions.map((ids) => ids.length) };
}

const cancelled = (...outcomes: WriteOutcome[]) => new TransactionCancelled(outcomes);
const stale = expect.objectContaining({ name: 'StaleError' });

describe('a group', () => {
  test('takes up to 100 writes', async () => {
    const fit = await commitAll([unit('a', puts('a', 50)), unit('b', puts('b', limits.writes - 50))]);
    expect(fit).toMatchObject({ sizes: [100], outcomes: ['committed', 'committed'] });
    const over = await commitAll([unit('a', puts('a', 50)), unit('b', puts('b', limits.writes - 49))]);
    expect(over).toMatchObject({ sizes: [50, 51], outcomes: ['committed', 'committed'] });
  });

  test('counts a sum as one of its 100 writes', async () => {
    const units = [unit('a', [adjust('x', 1), ...puts('a', 49)]), unit('b', [adjust('x', 1), ...puts('b', 50)])];
    expect((await commitAll(units)).sizes).toEqual([100]);
  });

  test('takes up to 4 MB', async () => {
    const units = (bytes: number) => [unit('a', puts('a', 2), 1_000), unit('b', puts('b', 2), bytes - 1_000)];
    expect((await commitAll(units(limits.transaction))).sizes).toEqual([4]);
    expect((await commitAll(units(limits.transaction + 1))).sizes).toEqual([2, 2]);
  });

  test('leaves a unit above the limits to the store', async () => {
    const refusal = new PermanentError('too many writes');
    const { sizes, outcomes } = await commitAll([unit('a', puts('a', 101))], [refusal]);
    expect([sizes, outcomes]).toEqual([[101], [refusal]]);
  });

  test.each([
    ['first', [1, 2]],
    ['last', [2, 1]],
  ])('does not take a unit of one write that comes %s', async (_, counts) => {
    const units = counts.map((count, index) => unit(`${index}`, puts(`${index}-`, count)));
    expect((await commitAll(units)).sizes).toEqual(counts);
  });
});

describe('a unit that writes an item of another unit', () => {
  const [a, b] = [unit('a', [put('x'), ...puts('a', 59)]), unit('b', [put('y'), ...puts('b', 59)])];

  test('is decided again, and not committed beside it', async () => {
    const { sizes, outcomes } = await commitAll([a, b, unit('c', [put('x'), put('c')])]);
    expect([sizes, outcomes]).toEqual([
      [60, 60],
      ['committed', 'committed', 'again'],
    ]);
  });

  test('is decided again if it could add to items of two groups', async () => {
    const units = [
      unit('a', [adjust('x', 1), ...puts('a', 59)]),
      unit('b', [adjust('y', 1), ...puts('b', 59)]),
      unit('c', [adjust('x', 1), put('c')]),
      unit('d', [put('d'), adjust('x', 1), adjust('y', 1)]),
    ];
    const { sizes, outcomes } = await commitAll(units);
    expect([sizes, outcomes]).toEqual([
      [61, 60],
      ['committed', 'committed', 'committed', 'again'],
    ]);
  });

  test('is decided again if it adds to the item of one group and would put that of another', async () => {
    const units = [unit('a', [adjust('x', 1), ...puts('a', 59)]), b, unit('c', [adjust('x', 1), put('y')])];
    const { sizes, outcomes } = await commitAll(units);
    expect([sizes, outcomes]).toEqual([
      [60, 60],
      ['committed', 'committed', 'again'],
    ]);
  });

  test.each([
    ['puts', 'put', put('x'), put('x')],
    ['adds to', 'put', put('x'), adjust('x', 1)],
    ['puts', 'added to', adjust('x', 1), put('x')],
  ])('is decided again if it %s what was %s', async (_now, _before, one, other) => {
    const { sizes, outcomes } = await commitAll([unit('a', [put('a'), one]), unit('b', [put('b'), other])]);
    expect([sizes, outcomes]).toEqual([[2], ['committed', 'again']]);
  });
});

describe('a transaction that fails', () => {
  const [a, b] = [unit('a', puts('a', 2)), unit('b', puts('b', 2))];

  test('is not repeated for a unit whose own write failed', async () => {
    const update: Write = { ...put('a1'), kind: 'put', version: 1 } as unknown as Write;
    const units = [unit('a', [put('a0'), update]), b];
    const { sizes, outcomes } = await commitAll(units, [cancelled('ok', 'failed', 'ok', 'ok')]);
    expect([sizes, outcomes]).toEqual([
      [4, 2],
      [stale, 'committed'],
    ]);
  });

  test('is not repeated for a unit in conflict', async () => {
    const { sizes, outcomes } = await commitAll([a, b], [cancelled('ok', 'conflict', 'ok', 'ok')]);
    expect([sizes, outcomes]).toEqual([
      [4, 2],
      [stale, 'committed'],
    ]);
  });

  test('is not repeated after an error that is no cancellation', async () => {
    const failure = new Error('socket hang up');
    const { sizes, outcomes } = await commitAll([a, b], [failure]);
    expect([sizes, outcomes]).toEqual([[4], [failure, failure]]);
  });

  test('is not repeated for one unit that the store refuses for good', async () => {
    const failure = new PermanentError('refused');
    const { sizes, outcomes } = await commitAll([a], [failure]);
    expect([sizes, outcomes]).toEqual([[2], [failure]]);
  });

  test('without a failed write is repeated for each unit', async () => {
    const { sizes, outcomes } = await commitAll([a, b], [cancelled('ok', 'ok', 'ok', 'ok')]);
    expect([sizes, outcomes]).toEqual([
      [4, 2, 2],
      ['committed', 'committed'],
    ]);
  });

  const sharing = [unit('a', [put('a'), adjust('x', 1)]), unit('b', [put('b'), adjust('x', -1, 2)])];

  test.each<WriteOutcome>(['failed', 'missing'])('with a sum that is %s is repeated for each unit', async (outcome) => {
    const alone = cancelled('ok', outcome);
    const { sizes, outcomes } = await commitAll(sharing, [cancelled('ok', outcome, 'ok'), undefined, alone]);
    expect([sizes, outcomes]).toEqual([
      [3, 2, 2],
      ['committed', stale],
    ]);
  });

  test('with a sum in conflict is not repeated', async () => {
    const { sizes, outcomes } = await commitAll(sharing, [cancelled('ok', 'conflict', 'ok')]);
    expect([sizes, outcomes]).toEqual([[3], [stale, stale]]);
  });

  test('with a sum that succeeds is repeated for the units without a failure', async () => {
    const { sizes, outcomes } = await commitAll(sharing, [cancelled('ok', 'ok', 'conflict')]);
    expect([sizes, outcomes]).toEqual([
      [3, 2],
      ['committed', stale],
    ]);
  });
});

describe('units with a single write', () => {
  const update = (id: string): Write => ({ kind: 'put', ref: ref(id), item: { id }, expected: 1 });
  const record = (id: string): Unit => ({ ...unit(id, []), record: { id } as Unit['record'] });
  const single = (...writes: Write[]) => writes.map((write, index) => unit(`${index}`, [write]));

  test('are written by one call, each for itself, and the others in a transaction', async () => {
    const units = [...single(put('x'), update('y')), unit('a', puts('a', 2)), record('r'), unit('b', puts('b', 2))];
    const { transactions, singles, outcomes } = await commitAll(units);
    expect(singles).toEqual([['x', 'y', 'r']]);
    expect(transactions).toEqual([['a0', 'a1', 'b0', 'b1']]);
    expect(outcomes).toEqual(Array(5).fill('committed'));
  });

  test('are committed as before if there is one', async () => {
    const { transactions, singles } = await commitAll(single(put('x')));
    expect([transactions, singles]).toEqual([[['x']], []]);
  });

  test('are in a transaction if they add to a number', async () => {
    const { transactions, singles } = await commitAll(single(adjust('x', 1), adjust('y', 1), put('z')));
    expect([transactions, singles]).toEqual([[['x', 'y'], ['z']], []]);
  });

  test('have outcomes of their own', async () => {
    const failures = {
      old: cancelled('failed'),
      there: cancelled('failed'),
      known: cancelled('failed'),
      busy: cancelled('conflict'),
      slow: cancelled('throttled'),
      wrong: new PermanentError('refused'),
      lost: new Error('socket hang up'),
    };
    const writes = [update('old'), put('there'), put('busy'), put('slow'), put('wrong'), put('lost'), put('fine')];
    const { outcomes, transactions } = await commitAll([...single(...writes), record('known')], [], failures);
    const exists = expect.objectContaining({ message: '1 creates counters/there, which exists already.' });
    expect(outcomes).toEqual([
      ...[stale, exists, stale, failures.slow, failures.wrong, failures.lost],
      ...['committed', 'duplicate'],
    ]);
    expect(transactions).toEqual([]);
  });

  test('of one item are decided again, but for the first', async () => {
    const { singles, outcomes } = await commitAll(single(update('x'), update('x'), update('y'), update('x')));
    expect([singles, outcomes]).toEqual([[['x', 'y']], ['committed', 'again', 'committed', 'again']]);
  });

  test('are decided again if another unit writes their item', async () => {
    const units = [unit('a', [put('x'), put('a')]), ...single(update('x'), update('y'), update('z'))];
    const { singles, outcomes } = await commitAll(units);
    expect([singles, outcomes]).toEqual([[['y', 'z']], ['committed', 'again', 'committed', 'committed']]);
  });

  test('have at most 4 MB in one call', async () => {
    const units = (bytes: number) => [unit('a', [put('a')], 1_000), unit('b', [put('b')], bytes - 1_000)];
    expect((await commitAll(units(limits.transaction))).singles).toEqual([['a', 'b']]);
    expect(await commitAll(units(limits.transaction + 1))).toMatchObject({ singles: [], sizes: [1, 1] });
  });
});
