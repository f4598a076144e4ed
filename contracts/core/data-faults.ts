import { isStorableText } from './text';

/** A part of an event's data that no channel or table accepts. */
export interface DataFault {
  /** The position of the fault: property names and array indexes. */
  readonly path: readonly (string | number)[];
  /** The predicate of a sentence whose subject is the path: `contains U+D800, which cannot be stored or sent`. */
  readonly message: string;
}

/** Levels of nesting. Deeper data overflows the stack of some JSON parsers, and no contract needs it. */
const MAX_DEPTH = 100;

const REFUSED = 'which cannot be stored or sent';

interface Place {
  readonly value: unknown;
  readonly depth: number;
  readonly key?: string | number;
  readonly parent?: Place;
}

/**
 * Finds the parts of parsed JSON that no channel or table accepts: values and property names outside the character set of SQS,
 * and nesting deeper than 100 levels. It runs after the schema's validation, so that no contract has to repeat these rules.
 *
 * @returns the faults in the order of the data, generated lazily
 */
export function* dataFaults(data: unknown): Generator<DataFault> {
  const open: Place[] = [{ value: data, depth: 0 }];
  for (let place = open.pop(); place; place = open.pop()) {
    const { value, key, depth } = place;
    const inName = typeof key === 'string' ? unstorable(key) : undefined;
    if (inName) yield { path: pathTo(place), message: `has a name that contains ${inName}, ${REFUSED}` };
    const inValue = typeof value === 'string' ? unstorable(value) : undefined;
    if (inValue) yield { path: pathTo(place), message: `contains ${inValue}, ${REFUSED}` };
    if (typeof value !== 'object' || value === null) continue;
    if (depth === MAX_DEPTH) {
      yield { path: pathTo(place), message: `is nested more than ${MAX_DEPTH} levels deep` };
      continue;
    }
    const inner: Place[] = Array.isArray(value)
      ? value.map((each, index) => ({ value: each, key: index, depth: depth + 1, parent: place }))
      : Object.entries(value).map(([name, each]) => ({ value: each, key: name, depth: depth + 1, parent: place }));
    for (const next of inner.reverse()) open.push(next);
  }
}

/** Returns a sentence about the first fault: `lines.0.sku contains U+FFFF, …`. Undefined when there is none. */
export function dataProblem(data: unknown): string | undefined {
  if (isCarriable(data, 0)) return undefined;
  const [fault] = dataFaults(data);
  return fault && [fault.path.join('.'), fault.message].filter(Boolean).join(' ');
}

/** Whether {@link dataFaults} finds nothing. Almost all data has no fault, and this check allocates nothing. */
function isCarriable(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((each) => isCarriable(each, depth + 1));
  for (const name of Object.keys(value)) {
    if (!isStorableText(name) || !isCarriable((value as Record<string, unknown>)[name], depth + 1)) return false;
  }
  return true;
}

/** Returns the first character that cannot be stored, e.g. `U+D800`. Undefined when there is none. */
function unstorable(text: string): string | undefined {
  if (isStorableText(text)) return undefined;
  for (const character of text) {
    if (!isStorableText(character)) return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  }
  return undefined;
}

function pathTo(place: Place): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at: Place | undefined = place; at?.key !== undefined; at = at.parent) path.unshift(at.key);
  return path;
}
