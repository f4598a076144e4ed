import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';

const KEEP_COMPILED = path.resolve('local', 'emulator', 'compile-cache.cjs');
const SOURCE = `
export const answer = (): number => 42;
export const fail = (): never => {
  throw new Error('as it must');
};
export const filling = ${JSON.stringify('f'.repeat(50_000))};
`;

describe('the cache of V8’s compiled code', () => {
  let home: string;
  const kept = () => path.join(home, 'compiled');

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'event-broker-compiled-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  function build(code: string, folder = 'code'): void {
    const source = path.join(home, folder, 'thing.ts');
    mkdirSync(path.dirname(source), { recursive: true });
    writeFileSync(source, code);
    buildSync({
      entryPoints: [source],
      outfile: path.join(home, folder, 'index.js'),
      sourcemap: true,
      minify: true,
      platform: 'node',
      format: 'cjs',
    });
  }

  /** Requires the module in a new process, which waits until the cache is written. @returns its output */
  function run(print: string, folder = 'code'): string {
    const script = [
      `require(${JSON.stringify(KEEP_COMPILED)})(${JSON.stringify(kept())}, 0)`,
      `const thing = require(${JSON.stringify(path.join(home, folder, 'index.js'))})`,
      `console.log(${print})`,
      'setTimeout(() => {}, 50)',
    ].join(';');
    const { stdout, stderr } = spawnSync(process.execPath, ['--enable-source-maps', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(stderr).toBe('');
    return stdout.trim();
  }

  /** The identity of the cache file, which changes with each write. */
  function keptAs(): string[] {
    return readdirSync(kept()).map((name) => `${name} ${statSync(path.join(kept(), name)).ino}`);
  }

  it('is used by the next process', () => {
    build(SOURCE);
    expect(run('thing.answer()')).toBe('42');
    const first = keptAs();
    expect(first).toHaveLength(1);
    expect(run('thing.answer()')).toBe('42');
    expect(keptAs()).toEqual(first);
  });

  it('is not used for changed code', () => {
    build(SOURCE);
    expect(run('thing.answer()')).toBe('42');
    build(SOURCE.replace('42', '43'));
    expect(run('thing.answer()')).toBe('43');
    expect(keptAs()).toHaveLength(2);
  });

  it('is replaced when V8 refuses it', () => {
    build(SOURCE);
    run('thing.answer()');
    const [file = ''] = readdirSync(kept());
    writeFileSync(path.join(kept(), file), 'nonsense');
    expect(run('thing.answer()')).toBe('42');
    expect(statSync(path.join(kept(), file)).size).toBeGreaterThan(1_000);
  });

  it('is left out if its folder is not writable', () => {
    build(SOURCE);
    writeFileSync(kept(), 'a file, where a folder should be');
    expect(run('thing.answer()')).toBe('42');
  });

  it('keeps source lines in errors, in whichever folder the code is', () => {
    const stack = '(() => { try { thing.fail() } catch (error) { return error.stack } })()';
    for (const folder of ['one', 'another']) {
      build(SOURCE, folder);
      expect(run(stack, folder)).toContain(`${folder}/thing.ts:4`);
    }
    expect(keptAs()).toHaveLength(1);
  });

  it('is deleted a day after its last use', () => {
    mkdirSync(kept());
    const old = path.join(kept(), 'old');
    writeFileSync(old, 'nobody uses this');
    const twoDaysAgo = Date.now() / 1_000 - 2 * 24 * 60 * 60;
    utimesSync(old, twoDaysAgo, twoDaysAgo);
    build(SOURCE);
    run('thing.answer()');
    expect(readdirSync(kept())).not.toContain('old');
    expect(keptAs()).toHaveLength(1);
  });
});
