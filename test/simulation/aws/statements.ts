import type { AttributeValue, BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import type { Attributes } from './expressions';

/** A statement of the store: an `INSERT` of an item, or an `UPDATE` of the item that has some attributes. */
export type Statement =
  | { readonly kind: 'insert'; readonly table: string; readonly item: Attributes }
  | {
      readonly kind: 'update';
      readonly table: string;
      readonly set: Attributes;
      readonly removed: readonly string[];
      readonly where: Attributes;
    };

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MOST_CHARACTERS = 8_192;

type Read = (parameters: readonly AttributeValue[]) => Statement;
const statements = new Map<string, Read>();

/** Reads a statement: the part of PartiQL that the store uses. */
export function readStatement({ Statement: text = '', Parameters = [] }: BatchStatementRequest): Statement {
  const read = statements.get(text) ?? readInsert(text) ?? readUpdate(text);
  if (!read) throw new Error(`The simulated DynamoDB does not understand the statement "${text}".`);
  statements.set(text, read);
  return read(Parameters);
}

function readInsert(text: string): Read | undefined {
  const [, table = '', list] = /^INSERT INTO "([\w.-]+)" VALUE \{(.*)\}$/.exec(text) ?? [];
  if (list === undefined) return undefined;
  const names = list.split(', ').map((pair) => matched(/^'(\w+)': \?$/, pair, text));
  return (parameters) => ({ kind: 'insert', table, item: attributes(names, parameters, text) });
}

function readUpdate(text: string): Read | undefined {
  const [, table = '', clauses = '', conditions] = /^UPDATE "([\w.-]+)" (.*) WHERE (.*)$/.exec(text) ?? [];
  if (conditions === undefined) return undefined;
  const parts = clauses.split(/ (?=SET|REMOVE)/);
  const set = parts.filter((part) => part.startsWith('SET')).map((part) => matched(/^SET "(\w+)"=\?$/, part, text));
  const removed = parts.slice(set.length).map((part) => matched(/^REMOVE "(\w+)"$/, part, text));
  const where = conditions.split(' AND ').map((part) => matched(/^"(\w+)"=\?$/, part, text));
  return (parameters) => ({
    ...{ kind: 'update', table, removed },
    set: attributes(set, parameters.slice(0, set.length), text),
    where: attributes(where, parameters.slice(set.length), text),
  });
}

function matched(pattern: RegExp, part: string, text: string): string {
  const [, name] = pattern.exec(part) ?? [];
  if (name === undefined) throw new Error(`The simulated DynamoDB does not understand ${part} in "${text}".`);
  return name;
}

function attributes(names: readonly string[], parameters: readonly AttributeValue[], text: string): Attributes {
  if (names.length !== parameters.length || text.length > MOST_CHARACTERS) {
    throw new Error(`DynamoDB refuses the statement "${text}" with ${parameters.length} parameters.`);
  }
  return Object.fromEntries(names.map((name, index) => [name, parameters[index] as AttributeValue]));
}
