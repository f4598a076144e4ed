import { spawnSync } from 'node:child_process';
import { UsageError } from '../../../cli/failure';
import { readCommandLine } from '../../../ops/command-line';
import { loadCommands } from '../../../ops/extension';
import { extension } from '../../extension';

describe("the sample's commands", () => {
  it('are listed by the help of npm run ops, after those of the core', async () => {
    const help = String(readCommandLine([], await loadCommands()));
    expect(help.indexOf('orders show')).toBeGreaterThan(help.indexOf('replay'));
  });

  it('are valid in every example of their help', async () => {
    const commands = await loadCommands();
    for (const { name, examples } of extension.commands) {
      for (const example of examples) {
        expect(readCommandLine(example.split(' '), commands)).toMatchObject({ command: { name } });
      }
    }
  });

  it('reject an unknown option', async () => {
    const commands = await loadCommands();
    expect(() => readCommandLine(['orders', '--fast'], commands)).toThrow(UsageError);
  });

  it('have --dry-run if they change something', () => {
    expect(extension.commands.find(({ name }) => name === 'orders')?.options).toHaveProperty('dry-run');
  });
});

describe('a program of the sample', () => {
  it.each([
    ['demo', 'sample/demo.ts'],
    ['simulate', 'sample/simulation/simulate.ts'],
  ])('prints its usage on standard output and exits with 0 for --help: %s', (name, entry) => {
    const args = ['cli/launch.cjs', entry, '--help'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: npm run ${name} -- `));
  });
});
