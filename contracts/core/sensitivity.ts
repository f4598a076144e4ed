import * as z from 'zod/mini';

/** Why a value must not be written into logs. */
export type Sensitivity = 'personal' | 'secret';

const sensitivities = new WeakMap<z.core.$ZodType, Sensitivity>();

/** Marks what says something about a person: `customerId: personal(Identifier)`. */
export function personal<Schema extends z.ZodMiniType>(schema: Schema): Schema {
  return mark(schema, 'personal');
}

/** Marks what gives access to something, such as a URL that holds a token. */
export function secret<Schema extends z.ZodMiniType>(schema: Schema): Schema {
  return mark(schema, 'secret');
}

/** Returns how a schema is marked. Undefined if it is not. */
export function sensitivityOf(schema: z.core.$ZodType): Sensitivity | undefined {
  return sensitivities.get(schema);
}

/**
 * A copy of the data in which everything that its schema marks as personal or secret is replaced by `[personal]` or `[secret]`.
 *
 * @param found is told each value that was replaced
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

/** A copy, since the same schema may be used where nothing is sensitive. */
function mark<Schema extends z.ZodMiniType>(schema: Schema, sensitivity: Sensitivity): Schema {
  const marked = z.clone(schema) as Schema;
  sensitivities.set(marked, sensitivity);
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
