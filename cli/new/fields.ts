import * as z from 'zod/mini';
import { Identifier, ShortText } from '../../contracts/core/text';
import { UsageError } from '../failure';

/** A field of an event or a request body. */
export interface Field {
  readonly name: string;
  /** The source of its schema: `Identifier`. */
  readonly source: string;
  readonly schema: z.ZodMiniType;
}

/** The types that `--fields` accepts after the colon. */
const TYPES: Readonly<Record<string, Omit<Field, 'name'>>> = {
  id: { source: 'Identifier', schema: Identifier },
  text: { source: 'ShortText', schema: ShortText },
  int: { source: 'z.int()', schema: z.int() },
  number: { source: 'z.number()', schema: z.number() },
  boolean: { source: 'z.boolean()', schema: z.boolean() },
  date: { source: 'z.iso.date()', schema: z.iso.date() },
  time: { source: 'z.iso.datetime()', schema: z.iso.datetime() },
};

/** For the help text. */
export const FIELD_TYPES = Object.keys(TYPES).join(', ');

/**
 * Parses fields: `orderId, points:int`. Without a type, a name that ends in `Id` is an identifier and any other is text.
 *
 * @throws UsageError that names the field
 */
export function parseFields(text: string): Field[] {
  const fields = text.split(',').map((part) => {
    const [name = '', type = /Id$|^id$/.test(name) ? 'id' : 'text'] = part.trim().split(/\s*:\s*/);
    if (!/^[a-z][A-Za-z0-9]*$/.test(name)) {
      throw new UsageError(`The name of a field must be camelCase, for example orderId, not "${name}".`);
    }
    return fieldOf(name, type);
  });
  const twice = fields.find(({ name }, index) => fields.findIndex((other) => other.name === name) !== index);
  if (twice) throw new UsageError(`The field "${twice.name}" is given twice.`);
  return fields;
}

/** @throws UsageError when there is no such type */
export function fieldOf(name: string, type: string): Field {
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (!known) throw new UsageError(`The field "${name}" has no type "${type}": use one of ${FIELD_TYPES}.`);
  return { name, ...known };
}

/** Returns the source of an object's schema: `z.object({ orderId: Identifier })`. */
export function objectSource(fields: readonly Field[]): string {
  return `z.object({ ${fields.map(({ name, source }) => `${name}: ${source}`).join(', ')} })`;
}

/** Returns the imports that the source of these fields needs. @param toContracts the path of the folder `contracts` */
export function importsOf(fields: readonly Field[], toContracts: string): string[] {
  const named = [...new Set(fields.map(({ source }) => source).filter((source) => /^[A-Z]\w+$/.test(source)))].sort();
  return [
    "import * as z from 'zod/mini';",
    ...(named.length > 0 ? [`import { ${named.join(', ')} } from '${toContracts}/core/text';`] : []),
  ];
}

/** Returns the fields as the JSON Schema of an object. */
export function objectSchema(fields: readonly Field[]): z.ZodMiniType {
  return z.object(Object.fromEntries(fields.map(({ name, schema }) => [name, schema])));
}
