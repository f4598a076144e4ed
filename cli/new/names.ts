import { UsageError } from '../failure';

/** SQS and Lambda cut longer generated names, which then are hard to tell apart in a console. */
const MAX_LENGTH = 40;

/** Words that name folders and stacks of the core. */
const RESERVED = new Set(['runtime', 'broker', 'core', 'index', 'schemas', 'service']);

/** Returns a name of a service, a function or a table. @throws UsageError when it is not kebab-case or is reserved */
export function kebabName(what: string, name: string): string {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new UsageError(`The name of a ${what} must be kebab-case, for example grant-points, not "${name}".`);
  }
  if (name.length < 2 || name.length > MAX_LENGTH) {
    throw new UsageError(
      `The name of a ${what} must have 2 to ${MAX_LENGTH} characters, not ${name.length}: "${name}".`,
    );
  }
  if (RESERVED.has(name) || !isIdentifier(camel(name))) {
    throw new UsageError(`"${name}" is reserved: choose another name for the ${what}.`);
  }
  return name;
}

/** Returns a name of an event. @throws UsageError when it is not PascalCase */
export function eventName(name: string): string {
  if (/^[A-Z][A-Za-z0-9]{1,63}$/.test(name) && /[a-z]/.test(name)) return name;
  throw new UsageError(
    `The name of an event must be PascalCase and a fact in the past tense, for example PointsGranted, not "${name}".`,
  );
}

/** `grant-points` → `grantPoints`. */
export function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `grant-points` → `GrantPoints`. */
export function pascal(name: string): string {
  return camel(`-${name}`);
}

/** `points` → `point`, `entries` → `entry`; other words stay. */
export function singular(name: string): string {
  return name.replace(/ies$/, 'y').replace(/([^s])s$/, '$1');
}

/** Returns whether a module may declare a variable of this name. */
function isIdentifier(name: string): boolean {
  try {
    new Function(`'use strict'; async () => { const ${name} = 0; }`);
    return true;
  } catch {
    return false;
  }
}
