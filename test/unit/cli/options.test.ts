import { UsageError } from '../../../cli/failure';
import { formatHelp } from '../../../cli/help';
import { parseOptions, portOf, portOption, wholeNumber } from '../../../cli/options';

describe('the options of a command', () => {
  it.each(['0', '65536', 'abc', '-1', '4566.5', ''])('reject "%s" as a port', (port) => {
    expect(() => portOf(port)).toThrow(
      new UsageError(`--port must be a whole number, from 1 to 65535, not "${port}".`),
    );
  });

  it('accept a port', () => {
    expect(portOf('4600')).toBe(4600);
  });

  it('reject a negative number by its value', () => {
    const { values } = parseOptions('npm start --', portOption, ['--port', '-5']);
    expect(() => portOf(values.port)).toThrow('--port must be a whole number, from 1 to 65535, not "-5".');
  });

  it('reject a number that is too small, and name the least', () => {
    expect(() => wholeNumber('--limit', '0')).toThrow('--limit must be a whole number, 1 or more, not "0".');
  });

  it.each([
    [['--prot', '1'], "Unknown option '--prot'. See: npm start -- --help"],
    [['--port'], "Option '--port <value>' argument missing. See: npm start -- --help"],
  ])('reject %j and name the command that shows the help', (args, message) => {
    expect(() => parseOptions('npm start --', portOption, args)).toThrow(new UsageError(message));
  });
});

describe('a help text', () => {
  it('shows the usage, the summary, all options with their values, and the examples', () => {
    const options = {
      ...portOption,
      tag: { type: 'string', value: 'name', multiple: true, help: 'Filters by tag.' },
    } as const;
    const help = formatHelp({ usage: 'npm start --', summary: 'Starts.', options, examples: ['npm start'] });
    expect(help.split('\n')).toEqual([
      'Usage: npm start -- [options]',
      '',
      'Starts.',
      '',
      expect.stringMatching(/^ {2}--port <port> +\S/),
      '  --tag <name> …  Filters by tag.',
      '',
      '  npm start',
    ]);
  });
});
