import { PermanentError } from '../../../lambdas/runtime/errors';
import { checkRef, checkWrite, isPartitionKey, limits } from '../../../lambdas/runtime/store/limits';
import type { Ref } from '../../../lambdas/runtime/store/store';

const note = (id: string): Ref => ({ table: 'notes', key: { id } });
const page = (book: string, number: string): Ref => ({ table: 'pages', key: { book, number } });
const indexed: Ref = { ...note('one'), indexes: [{ key: 'part', sortKey: 'due' }] };
const create = (item: object, ref = note('one')) => checkWrite({ kind: 'create', ref, item: { ...item, ...ref.key } });

/** Runs something that must be refused. @returns the error */
function refusal(run: () => unknown): PermanentError {
  try {
    run();
  } catch (error) {
    if (error instanceof PermanentError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('a key', () => {
  test('has at most 2,048 bytes as a partition key and 1,024 as a sort key, counted in UTF-8', () => {
    // '€' has three bytes.
    for (const ref of [note('x'.repeat(2_048)), note('€'.repeat(682)), page('b', 'x'.repeat(1_024))]) checkRef(ref);
    for (const ref of [note('x'.repeat(2_049)), note('€'.repeat(683)), page('b', 'x'.repeat(1_025))]) {
      expect(refusal(() => checkRef(ref))).toMatchObject({ reason: 'rejected', message: /bytes, and at most/ });
    }
  });

  test.each([
    ['is empty', '', 'must be a string that is not empty'],
    ['has an unpaired surrogate', 'a\ud800', 'contains U+D800'],
    ['has a control character', '\u0007', 'contains U+0007'],
  ])('is refused when it %s', (_, id, why) => {
    expect(refusal(() => checkRef(note(id)))).toMatchObject({ reason: 'rejected' });
    expect(refusal(() => checkRef(page('b', id))).message).toContain(`the key number ${why}`);
  });

  test('is quoted in part when it is long', () => {
    expect(refusal(() => checkRef(note('x'.repeat(5_000)))).message.length).toBeLessThan(200);
  });

  test('is a partition key exactly when a reference to it is accepted', () => {
    for (const id of ['a', 'é', 'x'.repeat(2_048)]) expect(isPartitionKey(id)).toBe(true);
    for (const id of ['', '\ud800', '\uffff', 'x'.repeat(2_049), '€'.repeat(700)])
      expect(isPartitionKey(id)).toBe(false);
  });

  test('of an index has the same limits, and is a string', () => {
    create({ part: 'p', due: 'x'.repeat(1_024) }, indexed);
    create({}, indexed);
    for (const item of [
      { part: '' },
      { part: 'x'.repeat(2_049) },
      { due: '' },
      { due: 'x'.repeat(1_025) },
      { due: 5 },
    ]) {
      expect(refusal(() => create(item, indexed)).reason).toBe('rejected');
    }
  });
});

describe('an item', () => {
  test.each<[string, object, string]>([
    ['an unpaired surrogate', { text: '\udc00' }, 'text contains U+DC00'],
    ['a text outside of the character set of queues', { inner: [{ text: '\uffff' }] }, 'inner.0.text contains U+FFFF'],
    ['a name outside of it', { inner: { 'a\ud800': 1 } }, 'has a name that contains U+D800'],
    ['an empty name', { inner: { '': 1 } }, 'inner. is a name that attributes cannot have'],
    [
      'a name that the SDK takes for a class',
      { constructor: 'x' },
      'constructor is a name that attributes cannot have',
    ],
    ['NaN', { count: Number.NaN }, 'count is NaN'],
    ['infinity', { list: [1, Number.POSITIVE_INFINITY] }, 'list.1 is Infinity'],
    ['an integer that is not safe', { count: 2 ** 53 }, 'count is 9007199254740992'],
    ['a number that DynamoDB rounds to zero', { count: 1e-131 }, 'count is 1e-131'],
    ['a BigInt', { count: 1n }, 'count is not a JSON value'],
    ['a date', { at: new Date(0) }, 'at is not a JSON value'],
    ['a map', { inner: { map: new Map() } }, 'inner.map is not a JSON value'],
    ['a function', { run: () => {} }, 'run is not a JSON value'],
  ])('with %s is rejected', (_, item, why) => {
    const error = refusal(() => create(item));
    expect(error.reason).toBe('rejected');
    expect(error.message).toContain('notes/one cannot be stored');
    expect(error.message).toContain(why);
  });

  test('has at most 32 levels of lists and maps', () => {
    const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as object;
    create({ deep: nested(32) });
    expect(refusal(() => create({ deep: nested(33) })).message).toContain('more than 32 levels');
  });

  test('keeps plain JSON values, and leaves out what is undefined', () => {
    create({ text: 'é𝄞\n', count: -1.5, least: 1e-130, yes: true, nothing: null, absent: undefined, list: [[{}]] });
  });

  test('is accepted at 400 KB and refused with one byte more', () => {
    const room = limits.item - create({ text: '' });
    expect(create({ text: 'x'.repeat(room) })).toBe(400 * 1024);
    expect(refusal(() => create({ text: 'x'.repeat(room + 1) }))).toMatchObject({ reason: 'too-large' });
    expect(refusal(() => create({ text: '€'.repeat(room / 2) }))).toMatchObject({ reason: 'too-large' });
  });

  test('is measured as DynamoDB does, not as JSON: a list of small numbers is larger there', () => {
    const list = Array<number>(190_000).fill(1);
    expect(JSON.stringify({ list }).length).toBeLessThan(limits.item);
    expect(refusal(() => create({ list }))).toMatchObject({ reason: 'too-large' });
  });
});
