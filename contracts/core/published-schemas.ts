import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { incompatibilities, type JsonSchema } from './compatibility';
import { type EventContract, oldestVersion, toJsonSchema } from './contract';

/** Where the schemas of all versions are committed: what has been published, whatever the code says now. */
export const SCHEMAS = join(__dirname, '..', 'schemas');

/** File name → schema. */
export type PublishedSchemas = ReadonlyMap<string, JsonSchema>;

export function readPublished(folder = SCHEMAS): PublishedSchemas {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
  return new Map(files.sort().map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8'))]));
}

export function schemaFile({ owner, name }: EventContract, version: number): string {
  return `${owner}.${name}.v${version}.json`;
}

/** What the contracts say now that is not what was published, in sentences that say what to do. */
export function findDrift(contracts: readonly EventContract[], published: PublishedSchemas): string[] {
  return [
    ...contracts.flatMap((contract) => versionsOf(contract).flatMap((version) => drift(contract, version, published))),
    ...abandoned(contracts, published),
  ];
}

/** The files to write so that what is published says what the contracts say; incompatible changes are none of them. */
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
  if (!before) return [`${file} is not there: run "npm run schemas" and commit it.`];
  const found = incompatibilities(before, schema);
  if (found.length > 0) {
    const todo =
      version === contract.version
        ? `raise its version to ${version + 1} and give an upcast from v${version}`
        : 'what was published stays as it was: correct the schema of its upcast';
    return found.map((each) => `${contract.name} v${version} has changed incompatibly: ${todo}. ${each}`);
  }
  return isSame(before, schema) ? [] : [`${file} is behind its contract: run "npm run schemas" and commit it.`];
}

function abandoned(contracts: readonly EventContract[], published: PublishedSchemas): string[] {
  const known = new Set(
    contracts.flatMap((contract) => versionsOf(contract).map((each) => schemaFile(contract, each))),
  );
  return [...published.keys()]
    .filter((file) => !known.has(file))
    .map(
      (file) =>
        `${file} was published, and no contract understands it any more: give an upcast, ` +
        'or delete the file once no such event is in any queue, archive or outbox.',
    );
}

function isSame(one: JsonSchema, other: JsonSchema): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
