import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** Runs an npm script without npm, which would print a banner. */
function runScript(name: string, ...args: string[]) {
  const [, ...command] = (scripts[name] ?? '').split(' ').slice(1);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('every command', () => {
  const commands = ['start', 'ops', 'schemas', 'new'];

  it.each(commands)('%s prints its usage on standard output and exits with 0 for --help', (name) => {
    const { status, stdout, stderr } = runScript(name, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(name === 'start' ? /^Usage: npm start --/ : new RegExp(`^Usage: npm run ${name} --`));
    expect(stdout).toContain('--help');
  });

  it.each([
    ['start', ['--prot', '1'], "Unknown option '--prot'. See: npm start -- --help\n"],
    ['schemas', ['now'], 'Unexpected argument "now". See: npm run schemas -- --help\n'],
    ['ops', ['queues', '--fast'], "Unknown option '--fast'. See: npm run ops -- queues --help\n"],
    [
      'ops',
      ['outbox', '--since', '2026-02-30', '--port', 'x'],
      '--port must be a whole number, from 1 to 65535, not "x".\n',
    ],
  ])('%s %j exits with 2 and one sentence', (name, args, sentence) => {
    expect(runScript(name, ...args)).toEqual({ status: 2, stdout: '', stderr: sentence });
  });
});

describe('a command that cannot start', () => {
  let checkout: string;
  beforeEach(() => {
    checkout = mkdtempSync(path.join(tmpdir(), 'event-broker-checkout-'));
    mkdirSync(path.join(checkout, 'cli'));
    copyFileSync('package.json', path.join(checkout, 'package.json'));
    copyFileSync('cli/launch.cjs', path.join(checkout, 'cli/launch.cjs'));
  });
  afterEach(() => rmSync(checkout, { recursive: true }));

  const launch = (...nodeOptions: string[]) =>
    spawnSync(process.execPath, [...nodeOptions, path.join(checkout, 'cli/launch.cjs'), 'main.ts'], {
      encoding: 'utf8',
    });

  it('asks for npm ci when nothing is installed', () => {
    const { status, stderr } = launch();
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'The dependencies are not installed: run "npm ci" first.\n',
    });
  });

  it('asks for npm ci when a package was added since the installation', () => {
    mkdirSync(path.join(checkout, 'node_modules'));
    const install = "require('fs').symlinkSync(process.argv[1], process.argv[2])";
    for (const name of ['tsx', 'esbuild', 'get-tsconfig', 'resolve-pkg-maps', '@esbuild']) {
      const link = path.join(checkout, 'node_modules', name);
      spawnSync(process.execPath, ['-e', install, path.resolve('node_modules', name), link]);
    }
    writeFileSync(path.join(checkout, 'main.ts'), "import { now } from 'left-behind'; console.log(now as string);");
    expect(launch().stderr).toBe('The package left-behind is not installed: run "npm ci" first.\n');
  });

  it('names the Node version that it needs', () => {
    const old = path.join(checkout, 'old-node.cjs');
    writeFileSync(old, "Object.defineProperty(process.versions, 'node', { value: '20.18.3' });");
    const { status, stderr } = launch('--require', old);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'Node 20.18.3 is too old: install Node 20.19 or newer.\n',
    });
  });
});
