import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Edits } from '../../../../cli/new/edits';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'event-broker-edits-'));
  writeFileSync(path.join(root, 'a.ts'), "import { A } from './b';\n\nconst a = A;\n");
});
afterEach(() => rmSync(root, { recursive: true }));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

test('writes nothing before write() is called', () => {
  const edits = new Edits(root);
  edits.create('new/b.ts', 'b\n');
  expect(existsSync(path.join(root, 'new'))).toBe(false);
  edits.write();
  expect(read('new/b.ts')).toBe('b\n');
});

test('never overwrites a file, neither one that exists nor one that is to be written', () => {
  const edits = new Edits(root);
  edits.create('b.ts', 'b\n');
  expect(() => edits.create('a.ts', '')).toThrow('a.ts exists: choose another name, or delete it first.');
  expect(() => edits.create('b.ts', '')).toThrow('b.ts exists');
});

test('imports only names that are not imported yet', () => {
  const edits = new Edits(root);
  edits.append(
    'a.ts',
    ["import { A, B } from './b';", "import { C } from './c';", "import { C } from './c';"],
    'B(C);',
  );
  edits.write();
  expect(read('a.ts')).toBe(
    "import { B } from './b';\nimport { C } from './c';\nimport { A } from './b';\n\nconst a = A;\n\nB(C);\n",
  );
});

test('names the line to add where a file has another form', () => {
  expect(() => new Edits(root).replace('a.ts', /class/, '', 'this.subscribe(x);')).toThrow(
    'a.ts has another form than expected: add "this.subscribe(x);" to it yourself.',
  );
});

test('restores every file when it is undone', () => {
  const edits = new Edits(root);
  edits.create('b.ts', 'b\n');
  edits.append('a.ts', [], 'more');
  edits.write();
  edits.undo();
  expect(existsSync(path.join(root, 'b.ts'))).toBe(false);
  expect(read('a.ts')).toBe("import { A } from './b';\n\nconst a = A;\n");
});
