import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { EventContract } from '../../contracts/core/contract';
import type { Table } from '../../lambdas/runtime/declare/table';
import { Failure } from '../failure';
import { Edits } from './edits';
import { camel, pascal } from './names';

/** A name is similar if it begins with as many of the same characters. */
const FEWEST_SHARED = 5;

/** The checkout that is changed: its services and contracts, and the changes so far. */
export class Project extends Edits {
  /** @param contracts all contracts of the project */
  constructor(
    root: string,
    readonly contracts: readonly EventContract[],
  ) {
    super(root);
  }

  /** The names of the project's services. */
  get services(): string[] {
    const folder = path.join(this.root, 'lambdas');
    return readdirSync(folder).filter((name) => existsSync(path.join(folder, name, 'service.ts')));
  }

  /** Returns the file of a service's declaration. @throws Failure when there is no such service */
  declarationOf(service: string): string {
    const file = declarationFile(service);
    if (this.exists(file)) return file;
    const known = this.services.join(', ') || 'none';
    throw new Failure(
      `There is no service "${service}" (there are: ${known}): run "npm run new -- service ${service}" first.`,
    );
  }

  /** Returns a contract. @param name `OrderCreated` or `orders.OrderCreated` @throws Failure that lists similar names */
  contract(name: string): EventContract {
    const found = this.contracts.find((one) => name === one.name || name === `${one.owner}.${one.name}`);
    if (found) return found;
    const shared = this.contracts.map((one) => ({ name: one.name, length: sharedStart(one.name, name) }));
    const longest = Math.max(FEWEST_SHARED, ...shared.map(({ length }) => length));
    const similar = shared.filter(({ length }) => length === longest).map((one) => one.name);
    throw new Failure(
      `There is no contract "${name}"${similar.length > 0 ? ` (did you mean ${similar.join(' or ')}?)` : ''}: ` +
        `run "npm run new -- event <service> ${name}" first, or see contracts/.`,
    );
  }

  /** Returns the import of a contract. @param from the path from the importing file to the root: `../..` */
  importOf({ name, owner }: Pick<EventContract, 'name' | 'owner'>, from: string): string {
    return `import { ${name} } from '${from}/contracts/${this.fileOf(name, owner)}';`;
  }

  /** Returns the table that a service declares under a name. */
  async tableOf(service: string, name: string): Promise<Table | undefined> {
    const exported: Record<string, unknown> = await import(path.join(this.root, declarationFile(service)));
    return Object.values(exported).find((one): one is Table => isTable(one) && one.name === name);
  }

  /** Adds a declaration to a service. @throws Failure when the service exports this name already */
  declare(service: string, variable: string, imports: readonly string[], source: string): void {
    const file = this.declarationOf(service);
    if (new RegExp(`^export const ${variable}\\b`, 'm').test(this.read(file))) {
      throw new Failure(`${file} exports "${variable}" already: choose another name.`);
    }
    this.append(file, imports, source);
  }

  /** Adds a line to the constructor of a service's stack, with the import of what it uses. */
  addToStack(service: string, variable: string, line: string, imports: readonly string[] = []): void {
    const file = stackFile(service);
    this.replace(file, /(constructor\([\s\S]*?)\n {2}\}\n/, `$1\n    ${line}\n  }\n`, line);
    this.append(file, [`import { ${variable} } from '../../lambdas/${service}/service';`, ...imports]);
  }

  private fileOf(name: string, owner: string): string {
    const declares = (file: string) =>
      new RegExp(`^export const ${name}\\b`, 'm').test(readFileSync(path.join(this.root, 'contracts', file), 'utf8'));
    const files = readdirSync(path.join(this.root, 'contracts')).filter((file) => file.endsWith('.ts'));
    return (files.find(declares) ?? `${owner}.ts`).replace(/\.ts$/, '');
  }
}

export function declarationFile(service: string): string {
  return `lambdas/${service}/service.ts`;
}

export function stackFile(service: string): string {
  return `lib/services/${service}-stack.ts`;
}

/** Adds a service: its declaration, its stack, and the stack's line in the app. */
export function addService(project: Project, service: string): void {
  if (project.exists(declarationFile(service))) throw new Failure(`The service "${service}" exists already.`);
  const stack = `${pascal(service)}Stack`;
  project.create(
    declarationFile(service),
    `import { defineService } from '../runtime/declare/service';\n\nexport const ${camel(service)} = defineService('${service}');\n`,
  );
  project.create(
    stackFile(service),
    `import type { Construct } from 'constructs';
import { ${camel(service)} } from '../../lambdas/${service}/service';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

export class ${stack} extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, ${camel(service)}, props);
  }
}
`,
  );
  const line = `new ${stack}(app, { stage, broker });`;
  // Behind the other services, so that their topics exist. Not inside of a condition.
  project.replace(
    'bin/app.ts',
    /([\s\S]*\n(?:const \w+ = )?new \w+Stack\(app, \{ stage, broker \}\);\n|[\s\S]*new BrokerStack\(.*\n)/,
    `$1${line}\n`,
    line,
  );
  project.append('bin/app.ts', [`import { ${stack} } from '../${stackFile(service).replace(/\.ts$/, '')}';`]);
}

/** Returns how many characters two names begin with, of any case. */
function sharedStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length]?.toLowerCase() === other[length]?.toLowerCase()) length++;
  return length;
}

function isTable(thing: unknown): thing is Table {
  return typeof thing === 'function' && 'kind' in thing && thing.kind === 'table';
}
