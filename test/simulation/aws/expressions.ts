import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The placeholders of a request. */
export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
}

type Condition = (item: Attributes, placeholders: Placeholders) => boolean;
type Operand = (item: Attributes, placeholders: Placeholders) => AttributeValue | undefined;

const conditions = new Map<string, Condition>();

/** Whether an item fulfils a condition: the part of DynamoDB's condition expressions that the store uses. */
export function fulfils(item: Attributes | undefined, expression: string, placeholders: Placeholders): boolean {
  const known = conditions.get(expression) ?? new Parser(expression).condition();
  conditions.set(expression, known);
  return known(item ?? {}, placeholders);
}

/** A sum of two numbers with fewer digits has no error in so many. */
const DECIMALS = 15;

/** Applies an update expression that consists of an `ADD` clause. */
export function update(item: Attributes, expression: string, placeholders: Placeholders): Attributes {
  const changed: Record<string, AttributeValue> = { ...item };
  const [, list] = /^ADD (.*)$/.exec(expression) ?? [];
  if (list === undefined) throw new Error(`The simulated DynamoDB does not understand the update "${expression}".`);
  // Every operand sees the item as it was before the update.
  for (const action of list.split(',')) {
    const parser = new Parser(action);
    const name = parser.name(placeholders);
    changed[name] = plus(item[name] ?? { N: '0' }, parser.operand()(item, placeholders));
  }
  return changed;
}

/** Orders two values of one type as DynamoDB does: numbers by value, text by its UTF-8 bytes. */
export function compare(one: AttributeValue, other: AttributeValue): number {
  if (one.N !== undefined && other.N !== undefined) return Number(one.N) - Number(other.N);
  if (one.S === undefined || other.S === undefined) return Number.NaN;
  return compareText(one.S, other.S);
}

const SURROGATE = /[\ud800-\udfff]/;

/** UTF-8 sorts as code points do, and so does UTF-16 without surrogates. */
function compareText(one: string, other: string): number {
  if (one === other) return 0;
  if (SURROGATE.test(one) || SURROGATE.test(other)) return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return one < other ? -1 : 1;
}

function plus(one: AttributeValue, other: AttributeValue | undefined): AttributeValue {
  if (one.N === undefined || other?.N === undefined) throw new Error('An operand of an update is not a number.');
  return { N: String(decimalSum(Number(one.N), Number(other.N))) };
}

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Reads one expression from left to right. */
class Parser {
  private readonly tokens: string[];

  constructor(private readonly text: string) {
    this.tokens = text.match(/[#:]?[\w.]+|<>|<=|>=|[=<>()]/g) ?? [];
  }

  condition(): Condition {
    const all = [this.term()];
    while (this.skip('AND')) all.push(this.term());
    return (item, placeholders) => all.every((one) => one(item, placeholders));
  }

  operand(): Operand {
    const token = this.next();
    if (token.startsWith(':')) return (_, { ExpressionAttributeValues = {} }) => ExpressionAttributeValues[token];
    return (item, placeholders) => item[nameOf(token, placeholders)];
  }

  name(placeholders: Placeholders): string {
    return nameOf(this.next(), placeholders);
  }

  private term(): Condition {
    const exists = this.tokens[0] === 'attribute_exists';
    if (exists || this.tokens[0] === 'attribute_not_exists') {
      this.next();
      this.expect('(');
      const attribute = this.operand();
      this.expect(')');
      return (item, placeholders) => (attribute(item, placeholders) !== undefined) === exists;
    }
    return this.comparison();
  }

  private comparison(): Condition {
    const left = this.operand();
    const operator = this.next();
    if (operator === 'BETWEEN') {
      const least = this.operand();
      this.expect('AND');
      const most = this.operand();
      return (item, placeholders) =>
        order(left(item, placeholders), least(item, placeholders)) >= 0 &&
        order(left(item, placeholders), most(item, placeholders)) <= 0;
    }
    const holds = comparisons[operator];
    if (!holds) throw this.unknown(operator);
    const right = this.operand();
    return (item, placeholders) => holds(order(left(item, placeholders), right(item, placeholders)));
  }

  private skip(token: string): boolean {
    if (this.tokens[0] !== token) return false;
    this.tokens.shift();
    return true;
  }

  private expect(token: string): void {
    const found = this.next();
    if (found !== token) throw this.unknown(found);
  }

  private next(): string {
    const token = this.tokens.shift();
    if (token === undefined) throw this.unknown('its end');
    return token;
  }

  private unknown(token: string): Error {
    return new Error(`The simulated DynamoDB does not understand ${token} in "${this.text}".`);
  }
}

/** NaN, for which no comparison but `<>` holds, if one of the values is missing or they have different types. */
function order(one: AttributeValue | undefined, other: AttributeValue | undefined): number {
  return one && other ? compare(one, other) : Number.NaN;
}

function nameOf(token: string, { ExpressionAttributeNames = {} }: Placeholders): string {
  return token.startsWith('#') ? (ExpressionAttributeNames[token] ?? token) : token;
}

/** Adds numbers as DynamoDB does, whose fractions are decimal: 0.1 + 1 - 1 is 0.1. */
export function decimalSum(one: number, other: number): number {
  const sum = one + other;
  return Number.isInteger(one) && Number.isInteger(other) ? sum : Number(sum.toPrecision(DECIMALS));
}
