import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The state that an emulator saved when it was stopped. */
export interface SavedState {
  /** The folder. */
  readonly state: string;
  /** The port on which the emulator listened. */
  readonly port: number;
}

/** Copies the saved state of an emulator for an emulator on another port. The URLs in the state contain the port. */
export async function copyState(from: SavedState, to: SavedState): Promise<void> {
  await cp(from.state, to.state, { recursive: true });
  const address = new RegExp(`\\b(127\\.0\\.0\\.1|localhost):${from.port}\\b`, 'g');
  const files = (await readdir(to.state)).filter((name) => name.endsWith('.json'));
  await Promise.all(
    files.map(async (name) => {
      const file = path.join(to.state, name);
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace(address, `$1:${to.port}`));
    }),
  );
}
