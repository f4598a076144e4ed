import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GeneratedFiles } from '../../../../cli/new/generated-files';

describe('generated files', () => {
  let root: string;
  const write = (file: string, text: string) => writeFileSync(path.join(root, file), text);
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'generated-files-'));
    mkdirSync(path.join(root, 'map'));
    mkdirSync(path.join(root, 'schemas'));
    write('map/a.md', 'a');
    write('map/b.md', 'b');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('are listed when their content has changed or they are new, but not when they were written again', () => {
    const generated = new GeneratedFiles(root, ['map', 'schemas']);
    write('map/a.md', 'changed');
    write('map/b.md', 'b');
    write('schemas/c.json', 'c');
    expect(generated.changed).toEqual([
      { file: 'map/a.md', isNew: false },
      { file: 'schemas/c.json', isNew: true },
    ]);
  });

  it('are restored, also the removed ones', () => {
    const generated = new GeneratedFiles(root, ['map', 'schemas']);
    rmSync(path.join(root, 'map/a.md'));
    write('map/b.md', 'changed');
    write('schemas/c.json', 'c');
    generated.undo();
    expect(['a', 'b'].map((name) => readFileSync(path.join(root, `map/${name}.md`), 'utf8'))).toEqual(['a', 'b']);
    expect(existsSync(path.join(root, 'schemas/c.json'))).toBe(false);
  });
});
