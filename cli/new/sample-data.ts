import * as z from 'zod/mini';

/** The part of JSON Schema that describes the data of most events. */
export interface DataSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, DataSchema>>;
  readonly required?: readonly string[];
  readonly items?: DataSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly DataSchema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly minItems?: number;
}

/** Texts of well-known formats. The first that fits a schema is used. */
const TEXTS = [
  'EUR',
  '2026-01-01',
  '2026-01-01T00:00:00Z',
  'https://example.com/',
  'ada@example.com',
  '8c5ee4a4-43d2-4c2c-9d0c-6e3d4d9d3a11',
  '10:00:00',
];

/** Returns the JSON Schema of an event's or a body's data. */
export function dataSchema(schema: z.ZodMiniType): DataSchema {
  return z.toJSONSchema(schema, { io: 'input' }) as DataSchema;
}

/**
 * Returns data that a schema accepts, for a test or a first version of a handler.
 *
 * @returns undefined when no such data is found, for example because the schema has a custom check
 */
export function sampleOf(schema: z.ZodMiniType): unknown {
  const data = sample(dataSchema(schema), 'value');
  return schema.safeParse(data).success ? data : undefined;
}

function sample(schema: DataSchema, name: string): unknown {
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf?.[0]) return sample(schema.anyOf[0], name);
  if (schema.type === 'string') return sampleText(schema, name);
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, Math.ceil(schema.minimum ?? 1));
  if (schema.type === 'boolean') return true;
  if (schema.type === 'array') {
    const items = schema.items ?? {};
    return Array.from({ length: schema.minItems ?? 1 }, () => sample(items, name));
  }
  const { properties = {}, required = [] } = schema;
  return Object.fromEntries(required.map((key) => [key, sample(properties[key] ?? {}, key)]));
}

/** `orderId` → `order-1`. */
function sampleText({ pattern, minLength = 0 }: DataSchema, name: string): string {
  const own = `${name.replace(/Id$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-1`;
  const fits = (text: string) => text.length >= minLength && (!pattern || new RegExp(pattern, 'u').test(text));
  return [own, ...TEXTS].find(fits) ?? own.padEnd(minLength, 'x');
}

/**
 * Returns the source of an event's data in a handler: fields that the incoming data has with the same schema by their names,
 * the others with sample values. `{ orderId, points: 1 }`.
 */
export function dataSource(schema: z.ZodMiniType, incoming: readonly string[]): string {
  const { required = [] } = dataSchema(schema);
  const data = (sampleOf(schema) ?? {}) as Record<string, unknown>;
  return `{ ${required.map((name) => (incoming.includes(name) ? name : `${name}: ${literal(data[name])}`)).join(', ')} }`;
}

/** Returns the names of an event's fields that every incoming schema has with the same schema. */
export function sharedFields(schema: z.ZodMiniType, incoming: readonly z.ZodMiniType[]): string[] {
  const { required = [], properties = {} } = dataSchema(schema);
  const others = incoming.map(dataSchema);
  return required.filter((name) => others.every((other) => isSame(other, name, properties[name])));
}

function isSame({ required = [], properties = {} }: DataSchema, name: string, schema: DataSchema | undefined): boolean {
  return required.includes(name) && JSON.stringify(properties[name]) === JSON.stringify(schema);
}

/** Returns JavaScript source of a JSON value. The formatter replaces quotes and spaces. */
export function literal(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}
