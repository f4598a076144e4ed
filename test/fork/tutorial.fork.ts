import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Copy } from './copy';

const TUTORIAL = path.resolve(__dirname, '..', '..', 'docs', 'tutorial');

/** A block of a page: commands to execute, or a file to write. */
type Block = { readonly commands: string } | { readonly file: string; readonly content: string };

describe('the tutorial', () => {
  let copy: Copy;
  beforeAll(async () => {
    copy = await Copy.make();
    // The dependencies are linked, so npm ci is not needed.
    await copy.run('npm', 'run', '--silent', 'strip-sample', '--', '--yes');
  });
  afterAll(() => copy.remove());

  const pages = readdirSync(TUTORIAL).filter((page) => /^\d/.test(page));

  test.each(pages)('%s works as it is written', async (page) => {
    for (const block of blocksIn(readFileSync(path.join(TUTORIAL, page), 'utf8'))) {
      if ('commands' in block) await copy.run('bash', '-ce', block.commands);
      else {
        const file = path.join(copy.folder, block.file);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, block.content);
      }
    }
  });

  test('leaves an application that passes the type check and the infrastructure tests', async () => {
    await copy.run('npm', 'run', '--silent', 'format');
    for (const script of ['typecheck', 'layers', 'test:infrastructure'])
      await copy.run('npm', 'run', '--silent', script);
  });
});

/** Returns the blocks marked `sh`, and those marked `ts` that begin with the path of a file. */
function blocksIn(page: string): Block[] {
  return [...page.matchAll(/^```(sh|ts)\n(.*?)^```$/gms)].flatMap(([, language, text = '']): Block[] => {
    if (language === 'sh') return [{ commands: text }];
    const [, file, content] = /^\/\/ (\S+\.ts)\n(.*)$/s.exec(text) ?? [];
    return file === undefined || content === undefined ? [] : [{ file, content }];
  });
}
