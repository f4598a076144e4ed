import { type EventContract, oldestVersion } from '../../../contracts/core/contract';
import { PermanentError } from '../errors';
import { explain } from './explain';

/**
 * Data of an older version as the contract's version has it, one step after the other. The handler knows one version only.
 *
 * Always in use: without an upcast a contract understands its own version and nothing else.
 *
 * @throws PermanentError `unknown-version` when the version is newer than the contract's or too old, with what to do;
 *   `broken-contract` when the data is not what its version says
 */
export function upcastData(contract: EventContract, version: number, data: unknown): unknown {
  const oldest = oldestVersion(contract);
  if (version > contract.version || version < oldest) throw unknownVersion(contract, version);
  let current = data;
  for (let from = version; from < contract.version; from++) {
    const step = contract.upcasts?.[from];
    if (!step) throw unknownVersion(contract, version);
    const old = step.schema.safeParse(current);
    if (!old.success) {
      const of = from === version ? `v${version}` : `v${from}, to which it was upcast from v${version}`;
      throw new PermanentError(
        `${contract.name} breaks its contract (${of}): ${explain(old.error)}`,
        'broken-contract',
      );
    }
    current = step.up(old.data);
  }
  return current;
}

/** What the data of one version looks like; undefined for versions that are not known. */
export function schemaOfVersion(contract: EventContract, version: number): EventContract['schema'] | undefined {
  return version === contract.version ? contract.schema : contract.upcasts?.[version]?.schema;
}

function unknownVersion(contract: EventContract, version: number): PermanentError {
  const { name, version: newest } = contract;
  const oldest = oldestVersion(contract);
  const known = oldest === newest ? `v${newest}` : `v${oldest}–v${newest}`;
  const message =
    version > newest
      ? `${name} v${version} is newer than what this consumer knows (${known}). Deploy its service with the newer contract, then redrive.`
      : `${name} v${version} is older than what this consumer knows (${known}). Give its contract an upcast, deploy, then redrive.`;
  return new PermanentError(message, 'unknown-version');
}
