import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadExtension } from '../../../cli/extension';
import { Failure } from '../../../cli/failure';
import { loadContracts } from '../../../contracts/core/load-contracts';

describe('what a project adds to the core', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'event-broker-project-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  };
  const load = () => loadExtension<{ greeting: string }>(root);

  it('is the extension that package.json names', async () => {
    write('package.json', '{"eventBroker":{"extension":"mine/extension.ts"}}');
    write('mine/extension.ts', "export const extension = { greeting: 'hello' as string };");
    expect(await load()).toEqual({ greeting: 'hello' });
  });

  it('is nothing without an extension', async () => {
    write('package.json', '{}');
    expect(await load()).toEqual({});
  });

  it('is nothing after the extension was deleted with its folder', async () => {
    write('package.json', '{"eventBroker":{"extension":"mine/extension.ts"}}');
    expect(await load()).toEqual({});
  });

  it.each([
    ["import { gone } from '../lambdas/gone'; export const extension = { gone };", 'Cannot find module'],
    ["throw new Error('boom');", 'boom'],
    ['export const other = {};', 'it has no export "extension"'],
  ])('is refused in one sentence when it does not load: %s', async (code, reason) => {
    write('package.json', '{"eventBroker":{"extension":"mine/extension.ts"}}');
    write('mine/extension.ts', code);
    await expect(load()).rejects.toThrow(Failure);
    await expect(load()).rejects.toThrow(`mine/extension.ts does not load: ${reason}`);
  });

  it('includes its contracts', async () => {
    write(
      'index.ts',
      "export const Paid = { name: 'Paid', owner: 'a', version: 1, schema: {} }; export const other = 1;",
    );
    expect(await loadContracts(path.join(root, 'index.ts'))).toMatchObject([{ name: 'Paid' }]);
    expect(await loadContracts(path.join(root, 'missing.ts'))).toEqual([]);
  });
});
