import { commands } from '../../../ops/commands';
import { type Line, rateOf, readLine, UsageError } from '../../../ops/usage';

function read(line: string): Line {
  const understood = readLine(line.split(' '), commands);
  if (typeof understood === 'string') throw new Error(`"${line}" shows help.`);
  return understood;
}

describe('a command line', () => {
  it('names a command of one word or two', () => {
    expect(read('queues --json')).toMatchObject({ command: { name: 'queues' }, common: { json: true } });
    expect(read('dlq list --reason a --reason b')).toMatchObject({
      command: { name: 'dlq list' },
      given: { values: { reason: ['a', 'b'] } },
    });
  });

  it('names the longer command where one begins with another', () => {
    expect(read('orders show 1')).toMatchObject({ command: { name: 'orders show' }, given: { words: ['1'] } });
    expect(read('orders 1 --resume')).toMatchObject({ command: { name: 'orders' }, given: { words: ['1'] } });
  });

  it.each([
    ['fly', 'There is no command "fly"'],
    ['dlq', 'dlq is not enough: "dlq list", "dlq peek"'],
    ['dlq fly', 'dlq is not enough'],
    ['queues --fly', "Unknown option '--fly'"],
    ['queues fly', '"fly" is too much'],
    ['dlq list --reason', "Option '--reason <value>' argument missing"],
    ['dlq redrive --dry-run=yes', "Option '--dry-run' does not take an argument"],
  ])('is refused when it says "%s"', (line, why) => {
    expect(() => read(line)).toThrow(UsageError);
    expect(() => read(line)).toThrow(why);
  });

  it.each(['', '--help', 'help', 'dlq --help', 'dlq redrive --help'])('shows help for "%s"', (line) => {
    expect(readLine(line.split(' ').filter(Boolean), commands)).toMatch(/^Usage: npm run ops -- /);
  });

  it('shows help with every option and example for each command', () => {
    for (const { name, options, examples } of commands) {
      const help = String(readLine([...name.split(' '), '--help'], commands));
      for (const option of [...Object.keys(options), 'json', 'stage']) expect(help).toContain(`--${option}`);
      for (const example of examples) expect(help).toContain(`npm run ops -- ${example}`);
    }
  });

  it('has an example of each command that is itself understood', () => {
    for (const { name, examples } of commands) {
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(read(example).command.name).toBe(name);
    }
  });

  it.each(['0', '-1', '1.5', 'fast', ''])('is refused with --rate "%s"', (rate) => {
    expect(() => rateOf(rate)).toThrow(UsageError);
  });
});

describe('commands that change something', () => {
  it.each(['dlq redrive', 'dlq purge', 'outbox', 'replay', 'orders'])('%s can only say what it would do', (name) => {
    expect(commands.find((one) => one.name === name)?.options).toHaveProperty('dry-run');
  });
});
