import { formatCsv } from '../../../ops/csv';

describe('a CSV report', () => {
  it('quotes what RFC 4180 asks for', () => {
    expect(
      formatCsv(
        ['a', 'b'],
        [
          ['x,y', 'say "hi"'],
          ['line\nbreak', 1],
        ],
      ),
    ).toBe('a,b\r\n"x,y","say ""hi"""\r\n"line\nbreak",1');
  });

  it.each(['=1+1', '+1', '-1', '@sum', '＝1+1', '＋1', '－1', '＠sum'])(
    'does not let a spreadsheet evaluate %s',
    (text) => {
      expect(formatCsv(['a'], [[text]])).toBe(`a\r\n'${text}`);
    },
  );

  it.each(['\t=1', '\n=1', '\r=1'])(
    'does not let a spreadsheet evaluate what follows a control character: %j',
    (text) => {
      expect(formatCsv(['a'], [[text]])).toBe(`a\r\n"'${text}"`);
    },
  );

  it('does not let a spreadsheet that separates by semicolons or tabs begin a cell within a text', () => {
    expect(formatCsv(['a'], [['x;=1+1'], ['x\t=1+1']])).toBe('a\r\n"x;=1+1"\r\n"x\t=1+1"');
  });
});
