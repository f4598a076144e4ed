import { type EventContract, toJsonSchema } from '../../../contracts/core/contract';

interface Property {
  readonly type?: string;
  readonly 'x-sensitivity'?: string;
}

/**
 * Returns the names of the fields by whose values flows are found: top-level strings named `id` or `…Id`, in any contract. A field that
 * some contract marks as personal or secret is none of them, because the journal's keys are not redacted.
 */
export function idFieldsIn(contracts: readonly EventContract[]): string[] {
  const fields = contracts.flatMap((contract) => {
    const { properties = {} } = toJsonSchema(contract) as { properties?: Record<string, Property> };
    return Object.entries(properties);
  });
  const sensitive = new Set(fields.flatMap(([name, property]) => (property['x-sensitivity'] ? [name] : [])));
  const ids = fields.flatMap(([name, { type }]) => (type === 'string' && /^id$|Id$/.test(name) ? [name] : []));
  return [...new Set(ids)].filter((name) => !sensitive.has(name)).sort();
}
