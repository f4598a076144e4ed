import type { EventContract } from '../contracts/core/contract';
import { redact } from '../contracts/core/sensitivity';
import { schemaOfVersion } from '../lambdas/runtime/events/versioning';
import type { ObservedEvent } from './flow';

/** Shows an event's data, or hides a part of it. */
export type ShowData = (event: Omit<ObservedEvent, 'data'>, data: unknown) => unknown;

/** Shows data unchanged, for operators who request it. */
export const showAll: ShowData = (_event, data) => data;

/**
 * Replaces personal and secret values by `[personal]` and `[secret]`, as the contracts mark them. Data without a known contract or
 * version is hidden as a whole.
 *
 * @example
 * const flow = await traceOf(deployment, id, { show: redactionOf(await loadContracts()) });
 */
export function redactionOf(contracts: readonly EventContract[]): ShowData {
  return ({ source, name, version }, data) => {
    const contract = contracts.find((one) => one.owner === source && one.name === name);
    const schema = contract && schemaOfVersion(contract, version);
    return schema ? redact(schema, data) : '[hidden: this checkout does not have the contract]';
  };
}
