import fc from 'fast-check';
import { dataFaults } from '../../../contracts/core/data-faults';
import { Identifier, isStorableText } from '../../../contracts/core/text';

describe('isStorableText', () => {
  it.each([
    ['nothing', ''],
    ['tab, line feed and carriage return', '\t\n\r'],
    ['the first and the last character of the first range', ' \ud7ff'],
    ['the first and the last character of the second range', '\ue000\ufffd'],
    ['the first and the last character beyond the basic plane', '\u{10000}\u{10ffff}'],
    ['DEL and C1 control characters', '\u007f\u0085\u009f'],
  ])('accepts %s', (_, text) => expect(isStorableText(text)).toBe(true));

  it.each([
    ['a null character', '\u0000'],
    ['other control characters', '\u0008'],
    ['a vertical tab', '\u000b'],
    ['an escape character', '\u001b'],
    ['an unpaired high surrogate', '\ud800'],
    ['an unpaired low surrogate', '\udfff'],
    ['a pair in the wrong order', '\udc00\ud800'],
    ['U+FFFE', '\ufffe'],
    ['U+FFFF', '\uffff'],
  ])('refuses %s, alone and inside of other text', (_, text) => {
    expect([isStorableText(text), isStorableText(`before ${text} after`)]).toEqual([false, false]);
  });
});

describe('dataFaults', () => {
  it('finds nothing in data that every channel and table accepts', () => {
    const text = fc.string({ unit: 'grapheme' }).filter(isStorableText);
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom(null, true, 1.5),
        text,
        fc.array(tie('tree')),
        fc.dictionary(text, tie('tree')),
      ),
    }));
    fc.assert(fc.property(tree, (data) => [...dataFaults(data)].length === 0));
  });

  it('names every place of a refused character, in values and in names, in the order of the data', () => {
    const data = { ok: 'é𝄞', lines: [{ sku: 'a' }, { sku: '\uffff' }], 'no\u0007te': { text: 'x\ud800' } };
    expect([...dataFaults(data)]).toEqual([
      { path: ['lines', 1, 'sku'], message: 'contains U+FFFF, which cannot be stored or sent' },
      { path: ['no\u0007te'], message: 'has a name that contains U+0007, which cannot be stored or sent' },
      { path: ['no\u0007te', 'text'], message: 'contains U+D800, which cannot be stored or sent' },
    ]);
  });

  it('looks at data that is a single text', () => {
    expect([...dataFaults('\u0000')]).toEqual([
      { path: [], message: 'contains U+0000, which cannot be stored or sent' },
    ]);
  });

  it('accepts 100 levels of nesting and refuses more, however many there are', () => {
    const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;
    expect([...dataFaults(nested(100))]).toEqual([]);
    for (const levels of [101, 5_000]) {
      expect([...dataFaults(nested(levels))]).toMatchObject([{ message: 'is nested more than 100 levels deep' }]);
    }
  });
});

test('an identifier is at most 64 ASCII characters, far below the limit of a key', () => {
  expect(Identifier.safeParse('a'.repeat(64)).success).toBe(true);
  for (const text of ['', 'a'.repeat(65), 'é', 'a b', 'a/b', '\ud800']) {
    expect(Identifier.safeParse(text).success).toBe(false);
  }
});
