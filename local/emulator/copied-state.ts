import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What an emulator kept when it was stopped. */
export interface KeptState {
  /** The folder that it is in. */
  readonly state: string;
  /** On which the emulator listened. */
  readonly port: number;
}

/**
 * Copies what an emulator has kept for one on another port: the addresses of its queues and APIs name the port, wherever they
 * are stored.
 */
export async function copyState(from: KeptState, to: KeptState): Promise<void> {
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
