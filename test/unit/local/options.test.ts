import { portOf, readOptions } from '../../../cli/options';

describe('options', () => {
  it.each(['0', '65536', 'abc', '-1', '4566.5', ''])('refuse "%s" as a port', (port) => {
    expect(() => portOf(port)).toThrow('--port must be a whole number from 1 to 65535');
  });

  it('take a port', () => {
    expect(portOf('4600')).toBe(4600);
  });

  it('show the usage when there is no such option', () => {
    const read = () => readOptions({ port: { type: 'string' } }, 'npm start -- [--port 4566]', ['--prot', '1']);
    expect(read).toThrow('Usage: npm start');
  });
});
