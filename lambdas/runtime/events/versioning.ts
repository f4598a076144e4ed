import { type EventContract, oldestVersion } from '../../../contracts/core/contract';
import { PermanentError } from '../errors';
import { firstIssue } from './validate';

/**
 * Converts the data of an older version to the contract's version, one version at a time. So handlers support only one version.
 * Runs for every event: a contract without upcasts supports only its own version.
 *
 * @throws PermanentError `unknown-version` when the version is newer than the contract's, or older than its oldest upcast;
 *   `broken-contract` when the data does not match its version
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
        `${contract.name} breaks its contract (${of}): ${firstIssue(old.error)}`,
        'broken-contract',
      );
    }
    current = step.up(old.data);
  }
  return current;
}

/** The schema of one version; undefined when the contract does not support the version. */
export function schemaOfVersion(contract: EventContract, version: number): EventContract['schema'] | undefined {
  return version === contract.version ? contract.schema : contract.upcasts?.[version]?.schema;
}

function unknownVersion(contract: EventContract, version: number): PermanentError {
  const { name, version: newest } = contract;
  const oldest = oldestVersion(contract);
  const known = oldest === newest ? `v${newest}` : `v${oldest}–v${newest}`;
  const message =
    version > newest
      ? `${name} v${version} is newer than this consumer supports (${known}). Deploy its service with the newer contract, then redrive.`
      : `${name} v${version} is older than this consumer supports (${known}). Add an upcast to its contract, deploy, then redrive.`;
  return new PermanentError(message, 'unknown-version');
}
