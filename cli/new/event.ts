import { defineEvent, type EventContract } from '../../contracts/core/contract';
import { Failure } from '../failure';
import { type Field, importsOf, objectSchema, objectSource } from './fields';
import { eventName } from './names';
import type { Project } from './project';

/** The mark of a new contract. It is removed when a subscription to the event is added. */
export const NO_SUBSCRIBER =
  "  // No service of this app subscribes yet. Remove this line when one does.\n  audience: 'external',\n";

/** Adds an event's contract to its owner's file. @throws Failure when the project has a contract of this name */
export function addEvent(project: Project, owner: string, name: string, fields: readonly Field[]): EventContract {
  project.declarationOf(owner);
  const known = project.contracts.find((contract) => contract.name === eventName(name));
  if (known) throw new Failure(`${known.owner} has a contract ${name} already.`);
  const file = `contracts/${owner}.ts`;
  const imports = [`import { defineEvent } from './core/contract';`, ...importsOf(fields, '.')];
  const source = `export const ${name} = defineEvent({
  name: '${name}',
  owner: '${owner}',
  version: 1,
${NO_SUBSCRIBER}  schema: ${objectSource(fields)},
});`;
  if (project.exists(file)) project.append(file, imports, source);
  else {
    project.create(file, `${imports.join('\n')}\n\n${source}\n`);
    project.append('contracts/index.ts', [], `export * from './${owner}';`);
  }
  return defineEvent({ name, owner, version: 1, schema: objectSchema(fields) });
}

/** Removes the mark of a contract without a subscriber. */
export function markAsSubscribed(project: Project, { name, owner }: EventContract): void {
  const file = `contracts/${owner}.ts`;
  if (!project.exists(file)) return;
  const contract = new RegExp(
    `(export const ${name} = defineEvent\\(\\{[^}]*?)${NO_SUBSCRIBER.replace(/[.()]/g, '\\$&')}`,
  );
  if (contract.test(project.read(file))) project.replace(file, contract, '$1', '');
}

/** Returns the contracts that a new function emits: the service's own, created where they do not exist yet. */
export function emitted(
  project: Project,
  service: string,
  names: readonly string[],
  fields: readonly Field[],
): EventContract[] {
  return names.map((name) => {
    const known = project.contracts.find((contract) => contract.name === eventName(name));
    if (known === undefined) return addEvent(project, service, name, fields);
    if (known.owner === service) return known;
    throw new Failure(`${service} cannot emit ${name}: ${known.owner} owns it. Emit an event of your own instead.`);
  });
}
