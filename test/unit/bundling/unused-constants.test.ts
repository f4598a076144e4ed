import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import unusedConstants from '../../../lib/broker/bundling/unused-constants.cjs';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'unused-constants-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Bundles a source, and returns the bundle. */
async function bundled(source: string): Promise<string> {
  const entry = path.join(folder, 'entry.ts');
  await writeFile(entry, source);
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: folder,
    bundle: true,
    write: false,
    format: 'cjs',
    minifySyntax: true,
    logLevel: 'silent',
    plugins: [unusedConstants()],
  });
  return outputFiles[0]?.text ?? '';
}

/** Runs a bundle. @returns its exports */
function run(bundle: string): Record<string, unknown> {
  const module = { exports: {} };
  new Function('module', 'exports', bundle)(module, module.exports);
  return module.exports;
}

describe('bundling', () => {
  it('drops top-level constants that nothing uses, whatever they call', async () => {
    const bundle = await bundled(`
      const declare = (name: string) => ({ name });
      export const used = [declare('used')].length;
      const unused = declare('unused'), alsoUnused = new Map([[1, declare('unused')]]);
    `);
    expect(run(bundle)).toEqual({ used: 1 });
    expect(bundle).not.toContain('unused');
  });

  it("keeps nothing but the version of the SDK's package files", async () => {
    const client = path.join(folder, 'node_modules', '@aws-sdk', 'client-any');
    await mkdir(client, { recursive: true });
    await writeFile(path.join(client, 'package.json'), '{ "name": "any", "version": "1.2.3", "scripts": {} }');
    const bundle = await bundled("import own from '@aws-sdk/client-any/package.json'; export const info = own;");
    expect(run(bundle)).toEqual({ info: { version: '1.2.3' } });
  });

  it('keeps texts over several lines that look like code', async () => {
    const text = 'select(1);\nconst other = call(2);\n) end';
    const bundle = await bundled(`
      const say = (text: string) => text;
      export const said = say(\`${text}\`);
      export const sized = say(\`${text}\`).length;
    `);
    expect(run(bundle)).toEqual({ said: text, sized: text.length });
  });

  it('keeps calls that are statements', async () => {
    const bundle = await bundled('export const calls: number[] = []; const add = () => calls.push(1); add();');
    expect(run(bundle)).toEqual({ calls: [1] });
  });
});
