/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Keywords that validate nothing. */
const ANNOTATIONS = new Set(['$schema', 'title', 'description', 'examples', 'deprecated', 'x-sensitivity']);

/** Keywords whose values are lists of schemas, which are compared one by one. */
const LISTS_OF_SCHEMAS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
/** Keywords whose value is a schema. */
const SCHEMAS = new Set(['items', 'additionalProperties', 'propertyNames', 'not']);

/**
 * Lists the incompatible changes between two schemas of the same version. Only the addition of an optional property is compatible.
 *
 * Compatibility must hold in both directions, because events are archived and replayed, and because publishers and subscribers are
 * deployed one after another. New subscribers must accept the events of old publishers, so no rule may become stricter. Old
 * subscribers must accept the events of new publishers, so no rule may become looser. A new enum value is a looser rule.
 *
 * @param path the position of these schemas in the event's data. Default: the whole data
 * @returns one sentence for each change; empty when the schemas are compatible
 */
export function incompatibilities(before: JsonSchema, after: JsonSchema, path = ''): string[] {
  const keywords = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (keyword) => !ANNOTATIONS.has(keyword),
  );
  return keywords.flatMap((keyword) => {
    const [old, current] = [before[keyword], after[keyword]];
    if (keyword === 'required') return changedRequired(strings(old), strings(current), path);
    if (keyword === 'properties') return changedProperties(schemas(old), schemas(current), path, isOpen(before));
    if (SCHEMAS.has(keyword) && isSchema(old) && isSchema(current)) {
      return incompatibilities(old, current, keyword === 'items' ? `${path}[]` : `${path}(${keyword})`);
    }
    if (LISTS_OF_SCHEMAS.has(keyword) && isList(old) && isList(current) && old.length === current.length) {
      return old.flatMap((each, index) =>
        incompatibilities(each, current[index] ?? {}, `${path}(${keyword} ${index})`),
      );
    }
    return isEqual(old, current) ? [] : [`${at(path)}: ${keyword} changed from ${text(old)} to ${text(current)}`];
  });
}

function changedRequired(old: readonly string[], current: readonly string[], path: string): string[] {
  return [
    ...current.filter((name) => !old.includes(name)).map((name) => `${at(path, name)}: is now required`),
    ...old.filter((name) => !current.includes(name)).map((name) => `${at(path, name)}: is no longer required`),
  ];
}

function changedProperties(
  old: Readonly<Record<string, JsonSchema>>,
  current: Readonly<Record<string, JsonSchema>>,
  path: string,
  mayGrow: boolean,
): string[] {
  const added = Object.keys(current).filter((name) => !(name in old));
  return [
    ...Object.entries(old).flatMap(([name, schema]) => {
      const now = current[name];
      return now ? incompatibilities(schema, now, at(path, name)) : [`${at(path, name)}: was removed`];
    }),
    ...(mayGrow
      ? []
      : added.map((name) => `${at(path, name)}: was added, but the published schema rejects unknown properties`)),
  ];
}

/** Whether a schema accepts properties that it does not declare. */
function isOpen({ additionalProperties }: JsonSchema): boolean {
  return additionalProperties === undefined || additionalProperties === true;
}

function at(path: string, name?: string): string {
  return [path, name].filter(Boolean).join('.') || 'data';
}

function text(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}

/** Compares two values, ignoring the order of properties and of enum values. */
function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value))
    return value
      .map(sorted)
      .map((each) => JSON.stringify(each))
      .sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([key, each]) => [key, sorted(each)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function schemas(value: unknown): Readonly<Record<string, JsonSchema>> {
  return isSchema(value) ? (value as Readonly<Record<string, JsonSchema>>) : {};
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly JsonSchema[] {
  return Array.isArray(value) && value.every(isSchema);
}
