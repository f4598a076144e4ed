import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { examplesIn } from '../../../cli/reference/examples';

const ROOT = path.join(__dirname, '..', '..', '..');
const REFERENCE = path.join(ROOT, 'docs', 'reference');

interface Built {
  readonly files: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
  readonly brokenExamples: readonly string[];
}

describe('the reference', () => {
  let built: Built;
  beforeAll(() => {
    const args = ['cli/launch.cjs', 'test/unit/docs/build-reference.ts'];
    const output = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
    built = JSON.parse(output) as Built;
  }, 300_000);

  it('is up to date: run "npm run reference" and commit it', () => {
    const written = existsSync(REFERENCE) ? readdirSync(REFERENCE) : [];
    const found = written.map((file) => [file, readFileSync(path.join(REFERENCE, file), 'utf8')]);
    expect(Object.fromEntries(found)).toEqual(built.files);
  });

  it('describes every export, option and parameter of the public API', () => {
    expect(built.problems).toEqual([]);
    expect(
      Object.values(built.files)
        .join()
        .match(/__namedParameters/g),
    ).toBeNull();
  });

  it('has no paths of this machine', () => {
    expect(Object.values(built.files).filter((text) => text.includes(ROOT))).toEqual([]);
  });

  it('has only examples that compile, and finds one that does not', () => {
    expect(built.brokenExamples).toEqual([
      expect.stringMatching(/^test\/unit\/docs\/fixture\/broken-example\.ts, example 1, line 2: .*StockReserved/),
    ]);
  });
});

describe('examplesIn', () => {
  it('returns the lines of each example up to the next tag', () => {
    const source = [
      '/**',
      ' * Text.',
      ' *',
      ' * @example',
      ' * one();',
      ' *   two();',
      ' *',
      ' * @param x',
      ' */',
      '/**',
      '   * @example',
      '   * three();',
      '   */',
    ];
    expect(examplesIn(source.join('\n'))).toEqual(['one();\n  two();', 'three();']);
  });

  it('returns nothing for a comment without an example', () => {
    expect(examplesIn('/** Text. @example is a tag. */')).toEqual([]);
  });
});
