import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { placeOf } from '../../../cli/place';

describe('the place of an error', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'event-broker-place-'));
    mkdirSync(path.join(root, 'lambdas/billing'), { recursive: true });
    mkdirSync(path.join(root, 'lib'));
    mkdirSync(path.join(root, '.local/4566/tmp'), { recursive: true });
    for (const file of ['lambdas/billing/book.ts', 'lib/stack.ts', '.local/4566/tmp/worker.js'])
      writeFileSync(path.join(root, file), '');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('is the first line of the project, not of a library', () => {
    const stack = `Error: no\n    at f (${root}/node_modules/zod/index.js:1:2)\n    at ${root}/lib/stack.ts:12:5`;
    expect(placeOf(stack, root)).toBe('lib/stack.ts:12');
  });

  it('is the file in the project of which a function has a copy in another folder', () => {
    for (const folder of ['/tmp/ministack-1', `${root}/.local/assemblies/1/asset.2`]) {
      const stack = `Error: no\n    at handle (${folder}/lambdas/billing/book.ts:7:3)`;
      expect(placeOf(stack, root)).toBe('lambdas/billing/book.ts:7');
    }
  });

  it('is unknown when no line belongs to the project', () => {
    expect(
      placeOf('Error: no\n    at Module._compile (node:internal/modules/cjs/loader:1521:14)', root),
    ).toBeUndefined();
    expect(placeOf('Error: no\n    at handle (/var/task/index.js:1:200)', root)).toBeUndefined();
    expect(placeOf(`Error: no\n    at handle (${root}/.local/4566/tmp/worker.js:7:3)`, root)).toBeUndefined();
  });
});
