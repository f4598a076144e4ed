import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { incompatibilities, type JsonSchema } from './compatibility';
import { type EventContract, oldestVersion, toJsonSchema } from './contract';

/** The folder of the published schemas. All versions are committed there, so that a change of a contract can be compared. */
export const SCHEMAS = join(__dirname, '..', 'schemas');

/** Published schemas by file name. */
export type PublishedSchemas = ReadonlyMap<string, JsonSchema>;

/** Reads the published schemas. @returns an empty map when the folder does not exist */
export function readPublished(folder = SCHEMAS): PublishedSchemas {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
  return new Map(files.sort().map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8'))]));
}

/** Returns the name of a schema's file: `orders.OrderCreated.v1.json`. */
export function schemaFile({ owner, name }: EventContract, version: number): string {
  return `${owner}.${name}.v${version}.json`;
}

/**
 * Compares the contracts with the published schemas.
 *
 * @returns one message for each difference, which says how to resolve it
 */
export function findDrift(contracts: readonly EventContract[], published: PublishedSchemas): string[] {
  return [
    ...contracts.flatMap((contract) => versionsOf(contract).flatMap((version) => drift(contract, version, published))),
    ...abandoned(contracts, published),
  ];
}

/** Returns the schema files to write: new versions and compatible changes. Incompatible changes are left out. */
export function updates(contracts: readonly EventContract[], published: PublishedSchemas): PublishedSchemas {
  const current = contracts.flatMap((contract) =>
    versionsOf(contract).map((version) => [schemaFile(contract, version), toJsonSchema(contract, version)] as const),
  );
  return new Map(
    current.filter(([file, schema]) => {
      const before = published.get(file);
      return !before || (incompatibilities(before, schema).length === 0 && !isSame(before, schema));
    }),
  );
}

function versionsOf(contract: EventContract): number[] {
  const oldest = oldestVersion(contract);
  return Array.from({ length: contract.version - oldest + 1 }, (_, index) => oldest + index);
}

function drift(contract: EventContract, version: number, published: PublishedSchemas): string[] {
  const file = schemaFile(contract, version);
  const schema = toJsonSchema(contract, version);
  const before = published.get(file);
  if (!before) return [`${file} does not exist: run "npm run schemas" and commit the file.`];
  const found = incompatibilities(before, schema);
  if (found.length > 0) {
    const todo =
      version === contract.version
        ? `raise the version to ${version + 1} and add an upcast from v${version}, or delete ${file} if v${version} was never deployed`
        : `restore the schema of its upcast, because v${version} is published`;
    return found.map((each) => `${contract.name} v${version} has an incompatible change: ${todo}. ${each}`);
  }
  return isSame(before, schema)
    ? []
    : [`${file} is older than its contract: run "npm run schemas" and commit the file.`];
}

function abandoned(contracts: readonly EventContract[], published: PublishedSchemas): string[] {
  const known = new Set(
    contracts.flatMap((contract) => versionsOf(contract).map((each) => schemaFile(contract, each))),
  );
  return [...published.keys()]
    .filter((file) => !known.has(file))
    .map(
      (file) =>
        `${file} is published, but no contract supports it any more: add an upcast, ` +
        'or delete the file when no queue, archive or outbox contains such an event.',
    );
}

function isSame(one: JsonSchema, other: JsonSchema): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
