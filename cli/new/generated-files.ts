import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Files that commands write from the declarations, as they were when this was made. */
export class GeneratedFiles {
  readonly #before: ReadonlyMap<string, string>;

  /** @param folders relative to the root */
  constructor(
    private readonly root: string,
    private readonly folders: readonly string[],
  ) {
    this.#before = this.#read();
  }

  /** The files that were written since, relative to the root, and whether each is new. */
  get changed(): readonly { readonly file: string; readonly isNew: boolean }[] {
    return [...this.#read()]
      .filter(([file, text]) => text !== this.#before.get(file))
      .map(([file]) => ({ file, isNew: !this.#before.has(file) }));
  }

  /** Restores all files. */
  undo(): void {
    for (const { file, isNew } of this.changed) if (isNew) rmSync(path.join(this.root, file));
    for (const [file, text] of this.#before) {
      mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
      writeFileSync(path.join(this.root, file), text);
    }
  }

  #read(): Map<string, string> {
    const files = this.folders.flatMap((folder) => {
      const entries = readdirSync(path.join(this.root, folder), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(this.root, path.join(entry.parentPath, entry.name)));
    });
    return new Map(files.sort().map((file) => [file, readFileSync(path.join(this.root, file), 'utf8')]));
  }
}
