import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * The emulator keeps how far a stream was read, but not what is in it: after a restart, as many new records would count as
 * read. Without positions, streams are read from their beginning. What was not read before the restart is gone here; AWS keeps it
 * for 24 hours. `npm run ops -- outbox --republish` publishes it from the table.
 */
export async function readStreamsAnew(state: string): Promise<void> {
  const file = path.join(state, 'lambda.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const saved = JSON.parse(text) as { payload: Record<string, unknown> };
  delete saved.payload.dynamodb_stream_positions;
  await writeFile(file, JSON.stringify(saved));
}
