import { UsageError } from '../../../cli/failure';
import { defineCommand } from '../../../ops/command';
import { type CommandLine, rateOf, readCommandLine } from '../../../ops/command-line';
import { coreCommands } from '../../../ops/commands';

/** Two commands of an extension, of which the name of one begins with the name of the other. */
const invoices = defineCommand({
  name: 'invoices',
  summary: 'Lists invoices.',
  words: 'invoiceId',
  options: { resend: { type: 'boolean', help: 'Sends them again.' } },
  examples: ['invoices --resend'],
  run: async () => ({ text: '', json: {} }),
});
const commands = [...coreCommands, invoices, { ...invoices, name: 'invoices show', examples: ['invoices show 1'] }];

function read(line: string): CommandLine {
  const parsed = readCommandLine(line.split(' '), commands);
  if (typeof parsed === 'string') throw new Error(`"${line}" shows the help.`);
  return parsed;
}

describe('a command line', () => {
  it('names a command of one word or two', () => {
    expect(read('queues --json')).toMatchObject({ command: { name: 'queues' }, common: { json: true } });
    expect(read('dlq list --reason a --reason b')).toMatchObject({
      command: { name: 'dlq list' },
      given: { values: { reason: ['a', 'b'] } },
    });
  });

  it('names the longer of two commands that match', () => {
    expect(read('invoices show 1')).toMatchObject({ command: { name: 'invoices show' }, given: { words: ['1'] } });
    expect(read('invoices 1 --resend')).toMatchObject({ command: { name: 'invoices' }, given: { words: ['1'] } });
  });

  it.each([
    ['fly', 'There is no command "fly". See: npm run ops -- --help'],
    ['dlq', '"dlq" is not a command. Use one of "dlq list", "dlq peek", "dlq redrive", "dlq purge".'],
    ['dlq fly', '"dlq fly" is not a command.'],
    ['queues --fly', "Unknown option '--fly'"],
    ['queues fly', 'Unexpected argument "fly". See: npm run ops -- queues --help'],
    ['dlq list --reason', "Option '--reason <value>' argument missing"],
    ['dlq redrive --dry-run=yes', "Option '--dry-run' does not take an argument"],
  ])('is refused when it is "%s"', (line, why) => {
    expect(() => read(line)).toThrow(UsageError);
    expect(() => read(line)).toThrow(why);
  });

  it.each(['', '--help', 'help', 'dlq --help', 'dlq redrive --help'])('shows the help for "%s"', (line) => {
    expect(readCommandLine(line.split(' ').filter(Boolean), commands)).toMatch(/^Usage: npm run ops -- /);
  });

  it('shows every option and example in the help of a command', () => {
    for (const { name, options, examples } of commands) {
      const help = String(readCommandLine([...name.split(' '), '--help'], commands));
      for (const option of [...Object.keys(options), 'json', 'stage']) expect(help).toContain(`--${option}`);
      for (const example of examples) expect(help).toContain(`npm run ops -- ${example}`);
    }
  });

  it('is valid in every example of the help', () => {
    for (const { name, examples } of commands) {
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(read(example).command.name).toBe(name);
    }
  });

  it.each(['0', '-1', '1.5', 'fast', ''])('is refused with --rate "%s"', (rate) => {
    expect(() => rateOf(rate)).toThrow(UsageError);
  });
});

describe('a command that changes something', () => {
  it.each(['dlq redrive', 'dlq purge', 'outbox', 'replay'])('has the option --dry-run: %s', (name) => {
    expect(coreCommands.find((one) => one.name === name)?.options).toHaveProperty('dry-run');
  });
});
