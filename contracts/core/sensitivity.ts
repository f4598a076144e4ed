import * as z from 'zod/mini';

/**
 * Why logs and screens do not show a value.
 *
 * - `personal`: it identifies or describes a person;
 * - `secret`: it gives access, such as a URL with a token.
 */
export type Sensitivity = 'personal' | 'secret';

const sensitivities = z.registry<{ sensitivity: Sensitivity }>();

/** Returns a schema that is marked as personal: `customerId: personal(Identifier)`. @param schema stays unmarked */
export function personal<Schema extends z.ZodMiniType>(schema: Schema): Schema {
  return mark(schema, 'personal');
}

/** Returns a schema that is marked as secret: `callbackUrl: secret(Url)`. @param schema stays unmarked */
export function secret<Schema extends z.ZodMiniType>(schema: Schema): Schema {
  return mark(schema, 'secret');
}

/** Returns the mark of a schema, or of the schema that it was made from by adding checks. Undefined if there is none. */
export function sensitivityOf(schema: z.core.$ZodType): Sensitivity | undefined {
  return sensitivities.get(schema)?.sensitivity;
}

/**
 * Returns a copy of the data in which all values that its schema marks are replaced by `[personal]` or `[secret]`.
 *
 * @param schema the schema of the data
 * @param data valid or not. Parts that do not match the schema are returned unchanged
 * @param found called with each value that is replaced. Default: nothing is called
 */
export function redact(schema: z.core.$ZodType, data: unknown, found: (value: unknown) => void = () => {}): unknown {
  if (data === undefined || data === null) return data;
  const sensitivity = sensitivityOf(schema);
  if (sensitivity) {
    found(data);
    return `[${sensitivity}]`;
  }
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return redactEach(data, (key) => def.shape[key], found);
    case 'record':
      return redactEach(data, () => def.valueType, found);
    case 'array':
      return Array.isArray(data) ? data.map((element) => redact(def.element, element, found)) : data;
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
      return redact(def.innerType, data, found);
    case 'union':
      return def.options.reduce<unknown>((redacted, option) => redact(option, redacted, found), data);
    case 'intersection':
      return redact(def.right, redact(def.left, data, found), found);
    default:
      return data;
  }
}

/** Marks a copy, because the same schema can be used where nothing is sensitive. */
function mark<Schema extends z.ZodMiniType>(schema: Schema, sensitivity: Sensitivity): Schema {
  const marked = z.clone(schema) as Schema;
  sensitivities.add(marked, { sensitivity });
  return marked;
}

function redactEach(
  data: unknown,
  schemaOf: (key: string) => z.core.$ZodType | undefined,
  found: (value: unknown) => void,
): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const entries = Object.entries(data).map(([key, value]) => {
    const schema = schemaOf(key);
    return [key, schema ? redact(schema, value, found) : value];
  });
  return Object.fromEntries(entries);
}
