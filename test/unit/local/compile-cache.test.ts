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

describe('what V8 has compiled', () => {
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

  /** Requires the module in a new process, which waits until what it has compiled is kept. @returns what is printed */
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

  /** The file that it is kept in: another one, once it was written again. */
  function keptAs(): string[] {
    return readdirSync(kept()).map((name) => `${name} ${statSync(path.join(kept(), name)).ino}`);
  }

  it('is taken over by the next process', () => {
    build(SOURCE);
    expect(run('thing.answer()')).toBe('42');
    const first = keptAs();
    expect(first).toHaveLength(1);
    expect(run('thing.answer()')).toBe('42');
    expect(keptAs()).toEqual(first);
  });

  it('is not taken for what another code compiles to', () => {
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

  it('does without when there is nowhere to keep it', () => {
    build(SOURCE);
    writeFileSync(kept(), 'a file, where a folder should be');
    expect(run('thing.answer()')).toBe('42');
  });

  it('names the lines of the sources in errors, wherever the code is that it is taken over by', () => {
    const stack = '(() => { try { thing.fail() } catch (error) { return error.stack } })()';
    for (const folder of ['one', 'another']) {
      build(SOURCE, folder);
      expect(run(stack, folder)).toContain(`${folder}/thing.ts:4`);
    }
    expect(keptAs()).toHaveLength(1);
  });

  it('is forgotten a day after its last use', () => {
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
