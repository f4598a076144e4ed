import { type EventContract, toJsonSchema } from '../../contracts/core/contract';
import { redact, type Sensitivity } from '../../contracts/core/sensitivity';
import { schemaOfVersion } from '../../lambdas/runtime/events/versioning';

const PERSONAL = '[personal]';
const HIDDEN: ReadonlySet<string> = new Set([PERSONAL, '[secret]']);

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

/** Restores personal values. */
function reveal(hidden: unknown, data: unknown): unknown {
  if (hidden === PERSONAL) return data;
  if (Array.isArray(hidden) && Array.isArray(data)) return hidden.map((each, index) => reveal(each, data[index]));
  if (typeof hidden !== 'object' || hidden === null || typeof data !== 'object' || data === null) return hidden;
  const original = data as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(hidden).map(([key, each]) => [key, reveal(each, original[key])]));
}

/** Puts hidden values back into edited data, where the operator has left their placeholders. */
export function restore(edited: unknown, original: unknown): unknown {
  if (typeof edited === 'string' && HIDDEN.has(edited)) return original;
  if (Array.isArray(edited)) {
    const before = Array.isArray(original) ? original : [];
    return edited.map((each, index) => restore(each, before[index]));
  }
  if (typeof edited !== 'object' || edited === null) return edited;
  const before = (typeof original === 'object' && original !== null ? original : {}) as Readonly<
    Record<string, unknown>
  >;
  return Object.fromEntries(Object.entries(edited).map(([key, each]) => [key, restore(each, before[key])]));
}

/** Returns the names of all fields that contracts mark as personal, or as secret. */
export function markedFields(contracts: readonly EventContract[], mark: Sensitivity): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties = {} } = schema as { properties?: Record<string, { 'x-sensitivity'?: string }> };
    for (const [name, property] of Object.entries(properties)) if (property['x-sensitivity'] === mark) names.add(name);
    for (const each of Object.values(schema)) visit(each);
  };
  for (const contract of contracts) visit(toJsonSchema(contract));
  return names;
}
