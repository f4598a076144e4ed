import { percentile } from '../../../cli/percentile';
import { formatTable } from '../../../cli/table';
import { counted, printable, shorten } from '../../../cli/text';

describe('a table', () => {
  it('aligns words to the left and numbers to the right', () => {
    const rows = [
      ['a', 1, 'x'],
      ['long-name', 12, '-'],
      ['b', '-', 'yy'],
    ];
    expect(formatTable(['queue', 'dead', 'why'], rows)).toBe(
      ['queue       dead   why', 'a              1   x', 'long-name     12   -', 'b              -   yy'].join('\n'),
    );
  });

  it('aligns decimals that are formatted as text to the right', () => {
    expect(formatTable(['seconds'], [['12.5'], ['1.0']])).toBe(['seconds', '   12.5', '    1.0'].join('\n'));
  });

  it('escapes control characters in cells', () => {
    expect(formatTable(['a'], [['\u001b[2J']])).toBe('a\n\\u001b[2J');
  });
});

describe('untrusted text', () => {
  it('cannot control the terminal', () => {
    expect(printable('\u001b[2J\u0007\u009b\u202e\nörder 注文')).toBe(
      '\\u001b[2J\\u0007\\u009b\\u202e\\u000aörder 注文',
    );
  });

  it('is not cut within a character', () => {
    expect(shorten('ab😀cd', 4)).toBe('ab\ufffd…');
    expect(shorten('abcd', 4)).toBe('abcd');
  });
});

describe('a count', () => {
  it('has the noun in singular or plural', () => {
    expect([counted(0, 'event'), counted(1, 'event'), counted(2, 'event')]).toEqual([
      '0 events',
      '1 event',
      '2 events',
    ]);
  });
});

describe('a percentile', () => {
  it('is the nearest rank', () => {
    expect(percentile([3, 1, 2, 4], 0.5)).toBe(2);
    expect(percentile([3, 1, 2, 4], 1)).toBe(4);
    expect(percentile([], 0.5)).toBeNaN();
  });
});
