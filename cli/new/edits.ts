import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../failure';

/** Changes to the files of a checkout. They are collected first, and written all together or not at all. */
export class Edits {
  readonly #texts = new Map<string, string>();
  readonly #originals = new Map<string, string | undefined>();

  constructor(readonly root: string) {}

  /** The changed files, relative to the root, and whether each is new. */
  get files(): readonly { readonly file: string; readonly isNew: boolean }[] {
    return [...this.#texts.keys()].map((file) => ({ file, isNew: this.#originals.get(file) === undefined }));
  }

  exists(file: string): boolean {
    return this.#texts.has(file) || existsSync(path.join(this.root, file));
  }

  read(file: string): string {
    return this.#texts.get(file) ?? readFileSync(path.join(this.root, file), 'utf8');
  }

  /** Adds a new file. @throws Failure when it exists: nothing is ever overwritten */
  create(file: string, text: string): void {
    if (this.exists(file)) throw new Failure(`${file} exists: choose another name, or delete it first.`);
    this.#set(file, text);
  }

  /** Adds imports, and text at the end of a file. Leaves out what is imported already. The formatter merges and sorts imports. */
  append(file: string, imports: readonly string[], text = ''): void {
    const before = this.read(file);
    const end = text === '' ? '' : `\n${text}\n`;
    this.#set(file, `${missingImports(before, imports)}${before.trimEnd()}\n${end}`);
  }

  /** Replaces the first match. @throws Failure that says which line to write instead, when nothing matches */
  replace(file: string, pattern: RegExp, replacement: string, line: string): void {
    const before = this.exists(file) ? this.read(file) : '';
    if (!pattern.test(before))
      throw new Failure(`${file} has another form than expected: add "${line}" to it yourself.`);
    this.#set(
      file,
      before.replace(pattern, (...match) => replacement.replace(/\$(\d)/g, (_, group) => match[Number(group)])),
    );
  }

  /** Writes all changes. */
  write(): void {
    for (const [file, text] of this.#texts) {
      mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
      writeFileSync(path.join(this.root, file), text);
    }
  }

  /** Restores what {@link write} has changed. */
  undo(): void {
    for (const [file, text] of this.#originals) {
      if (text === undefined) rmSync(path.join(this.root, file), { force: true });
      else writeFileSync(path.join(this.root, file), text);
    }
  }

  #set(file: string, text: string): void {
    const full = path.join(this.root, file);
    if (!this.#texts.has(file)) this.#originals.set(file, existsSync(full) ? readFileSync(full, 'utf8') : undefined);
    this.#texts.set(file, text);
  }
}

/** `import { A, B } from './c'`: the names and the module. */
const NAMED_IMPORT = /^import \{([^}]*)\} from '([^']+)';$/gm;

/** Returns the import statements without the names that a text imports already. */
function missingImports(text: string, imports: readonly string[]): string {
  let all = text;
  for (const statement of [...imports].reverse()) {
    const [[, names = '', from = ''] = []] = [...statement.matchAll(NAMED_IMPORT)];
    const known = namesFrom(all, from);
    const missing = namesIn(names).filter((name) => !known.has(name));
    if (names === '' ? !all.includes(statement) : missing.length > 0) {
      all = `${names === '' ? statement : `import { ${missing.join(', ')} } from '${from}';`}\n${all}`;
    }
  }
  return all.slice(0, all.length - text.length);
}

function namesFrom(text: string, module: string): ReadonlySet<string> {
  const matching = [...text.matchAll(NAMED_IMPORT)].filter(([, , from]) => from === module);
  return new Set(matching.flatMap(([, names = '']) => namesIn(names)));
}

function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}
