import { existsSync } from 'node:fs';
import path from 'node:path';
import type { EventContract } from './contract';
import { contractsIn } from './contracts-in';

/** The file that exports the project's contracts. */
const INDEX = path.join(__dirname, '..', 'index.ts');

/**
 * Loads all contracts of the project, for commands that need them at run time. Functions import the contracts that they use.
 *
 * @returns no contracts when the file does not exist
 */
export async function loadContracts(index = INDEX): Promise<EventContract[]> {
  return existsSync(index) ? contractsIn((await import(index)) as object) : [];
}
