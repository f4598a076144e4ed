import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const LAUNCH = path.resolve('cli', 'launch.cjs');
const TALK = path.resolve('test', 'unit', 'cli', 'fixture', 'talk.ts');

describe('a running command', () => {
  let folder: string;
  let child: ChildProcess;
  const cleanedUp = () => existsSync(path.join(folder, 'cleaned-up'));

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'event-broker-run-'));
    child = spawn(process.execPath, [LAUNCH, TALK, path.join(folder, 'cleaned-up')]);
    if (child.stdout) await once(child.stdout, 'data');
    child.stderr?.resume();
  });
  afterEach(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['standard output', ['stdout']],
    ['standard error', ['stderr']],
    ['both outputs', ['stdout', 'stderr']],
  ] as const)('cleans up and exits with 0 when the reader of %s exits', async (_, streams) => {
    for (const stream of streams) child[stream]?.destroy();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(cleanedUp()).toBe(true);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('cleans up and exits with 128 + n after %s', async (signal, code) => {
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([code, null]);
    expect(cleanedUp()).toBe(true);
  });
});

it('prints the error of a command as the last line, after everything has stopped', async () => {
  const child = spawn(process.execPath, [LAUNCH, path.resolve('test', 'unit', 'cli', 'fixture', 'fail.ts')]);
  let output = '';
  child.stderr.on('data', (text) => {
    output += text;
  });
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(output.trim().split('\n').filter(Boolean)).toEqual(['Stopped the server', 'There is no server.']);
});
