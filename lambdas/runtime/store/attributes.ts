import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An item or a key as DynamoDB has it. */
export type Attributes = Record<string, AttributeValue>;

/**
 * Converts a JSON object to attributes. Leaves out what is undefined.
 *
 * The SDK's `marshall` does the same for any values. It takes several times as long, which every read and write of a function pays.
 */
export function toAttributes(object: object): Attributes {
  const attributes: Attributes = {};
  for (const name of Object.keys(object)) {
    const value = (object as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) attributes[name] = toAttribute(value);
  }
  return attributes;
}

/**
 * Converts attributes to a JSON object.
 *
 * @param names the attributes to convert. Default: all
 * @throws Error for a type that JSON does not have, such as a set
 */
export function fromAttributes(
  attributes: Readonly<Attributes>,
  names: readonly string[] = Object.keys(attributes),
): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const name of names) object[name] = fromAttribute(attributes[name] as AttributeValue);
  return object;
}

function toAttribute(value: unknown): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
      return { N: String(value) };
    case 'boolean':
      return { BOOL: value };
  }
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.filter((each) => each !== undefined).map((each) => toAttribute(each)) };
  if (typeof value === 'object') return { M: toAttributes(value) };
  throw new Error(`A ${typeof value} is not a JSON value, so no attribute can have it.`);
}

function fromAttribute(attribute: AttributeValue): unknown {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.M !== undefined) return fromAttributes(attribute.M);
  if (attribute.L !== undefined) return attribute.L.map((each) => fromAttribute(each));
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL) return null;
  throw new Error(`An attribute of type ${Object.keys(attribute)} is not a JSON value.`);
}
