import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Removes the positions of stream readers from an emulator's saved state. The emulator saves the positions, but not the
 * records: after a restart, it would skip as many new records. Without positions, it reads each stream from its beginning.
 *
 * Records that were not read before the restart are lost here, where AWS keeps them for 24 hours.
 * `npm run ops -- outbox --republish` publishes them from the table.
 */
export async function resetStreamPositions(state: string): Promise<void> {
  const file = path.join(state, 'lambda.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const saved = JSON.parse(text) as { payload: Record<string, unknown> };
  delete saved.payload.dynamodb_stream_positions;
  await writeFile(file, JSON.stringify(saved));
}
