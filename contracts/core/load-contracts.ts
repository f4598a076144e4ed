import { existsSync } from 'node:fs';
import path from 'node:path';
import type { EventContract } from './contract';
import { contractsIn } from './contracts-in';

/** The file that exports all contracts of the project. */
const INDEX = path.join(__dirname, '..', 'index.ts');

/**
 * Loads all contracts of the project, for commands and tests. Lambda functions import only the contracts that they use.
 *
 * @param index the file that exports the contracts. Default: contracts/index.ts
 * @returns an empty list when the file does not exist
 */
export async function loadContracts(index = INDEX): Promise<EventContract[]> {
  // Not `import()`, which would never read a changed file again: see `forgetDeclarations`.
  return existsSync(index) ? contractsIn(require(index) as object) : [];
}
