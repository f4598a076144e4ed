import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { cloudDirectory, LOCAL_DIRECTORY } from '../deployed/local-clouds';
import { requireSaved } from './emulator/emulator';

/**
 * Returns the folder in which the data of a port's cloud is kept between two starts. Each port has its own, because URLs in the
 * state contain the port.
 *
 * @throws Failure when the last stop did not save everything
 */
export async function keptState(port: number): Promise<string> {
  const folder = path.join(LOCAL_DIRECTORY, 'kept', String(port));
  if (existsSync(folder)) await requireSaved({ directory: cloudDirectory(port) });
  await mkdir(folder, { recursive: true });
  return folder;
}
