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

  it.each(['=1+1', '+1', '-1', '@sum'])('does not let a spreadsheet evaluate %s', (text) => {
    expect(formatCsv(['a'], [[text]])).toBe(`a\r\n'${text}`);
  });
});
