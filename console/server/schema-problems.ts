import type { EventContract } from '../../contracts/core/contract';
import { dataFaults } from '../../contracts/core/data-faults';
import { schemaOfVersion } from '../../lambdas/runtime/events/versioning';
import { fullName } from '../../lib/broker/manifest';
import type { SchemaProblem } from '../api';

/**
 * Compares an event's data with its contract. Returns the fields that break it; empty when the data is valid.
 *
 * @param shown the data as it may be shown, from which the values are quoted
 */
export function schemaProblems(
  contracts: readonly EventContract[],
  event: { readonly contract: string; readonly version: number; readonly data: unknown },
  shown: unknown,
): SchemaProblem[] {
  const contract = contracts.find((one) => fullName(one) === event.contract);
  if (contract === undefined) return [{ path: '', expected: 'a contract that this checkout has', got: event.contract }];
  const schema = schemaOfVersion(contract, event.version);
  if (schema === undefined)
    return [{ path: 'metadata.version', expected: `at most ${contract.version}`, got: String(event.version) }];
  const parsed = schema.safeParse(event.data);
  const faults = parsed.success ? [...dataFaults(event.data)] : parsed.error.issues;
  return faults.map(({ path, message }) => {
    const got = path.reduce<unknown>((value, key) => (value as Readonly<Record<PropertyKey, unknown>>)?.[key], shown);
    return { path: path.join('.'), expected: message, got: got === undefined ? 'nothing' : JSON.stringify(got) };
  });
}
