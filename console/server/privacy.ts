import type { EventContract } from '../../contracts/core/contract';
import { redact } from '../../contracts/core/sensitivity';
import { schemaOfVersion } from '../../lambdas/runtime/events/versioning';

const PERSONAL = '[personal]';

/**
 * Returns an event's data as the console may show it. Secrets are never shown, personal values only when the operator asks. Data
 * of an unknown contract is hidden until asked for, because nothing marks what is personal in it.
 */
export function showable(
  contracts: readonly EventContract[],
  { contract, version, data }: { readonly contract: string; readonly version: number; readonly data: unknown },
  personal: boolean,
): unknown {
  const known = contracts.find(({ owner, name }) => `${owner}.${name}` === contract);
  const schema = known && (schemaOfVersion(known, version) ?? known.schema);
  if (!schema) return personal ? data : PERSONAL;
  const hidden = redact(schema, data);
  return personal ? reveal(hidden, data) : hidden;
}

/** Puts personal values back. */
function reveal(hidden: unknown, data: unknown): unknown {
  if (hidden === PERSONAL) return data;
  if (Array.isArray(hidden) && Array.isArray(data)) return hidden.map((each, index) => reveal(each, data[index]));
  if (typeof hidden !== 'object' || hidden === null || typeof data !== 'object' || data === null) return hidden;
  const original = data as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(hidden).map(([key, each]) => [key, reveal(each, original[key])]));
}
