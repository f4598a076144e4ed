import * as z from 'zod/mini';
import type { EventContract } from '../../contracts/core/contract';
import { Identifier } from '../../contracts/core/text';
import { UsageError } from '../failure';
import { emitted, markAsSubscribed } from './event';
import { type Field, fieldOf } from './fields';
import { camel, kebabName } from './names';
import type { Project } from './project';
import { dataSchema, dataSource, literal, sampleOf, sharedFields } from './sample-data';
import { type UsedTable, useTable, workOptions } from './table';

export interface SubscriptionRequest {
  readonly service: string;
  readonly name: string;
  readonly to: readonly string[];
  readonly emits?: readonly string[];
  readonly table?: string;
}

/** Adds a subscription: declaration, handler, test, its line in the stack, and contracts of new events. */
export async function addSubscription(project: Project, request: SubscriptionRequest): Promise<void> {
  const { service, name } = request;
  project.declarationOf(service);
  kebabName('subscription', name);
  const to = request.to.map((one) => project.contract(one));
  if (to.length === 0) throw new UsageError('A subscription needs --to with the name of an event.');
  const identifiers = identifiersOf(to);
  const fields = identifiers.length > 0 ? identifiers : [fieldOf('id', 'id')];
  const emits = emitted(project, service, request.emits ?? [], fields);
  const key = identifiers[0]?.name ?? 'id';
  const table = request.table ? await useTable(project, service, kebabName('table', request.table), key) : undefined;
  const variable = camel(name);
  const options = workOptions(emits, table);
  project.declare(
    service,
    variable,
    [...to, ...emits].map((contract) => project.importOf(contract, '../..')),
    `export const ${variable} = ${camel(service)}.subscription('${name}', {
  to: [${to.map((contract) => contract.name).join(', ')}],${options && `\n  ${options},`}
});`,
  );
  project.addToStack(service, variable, `this.subscribe(${variable});`);
  for (const contract of to) markAsSubscribed(project, contract);
  const subscription = { project, service, name, variable, to, emits, table };
  project.create(`lambdas/${service}/${name}.ts`, handlerSource(subscription));
  project.create(`lambdas/${service}/${name}.test.ts`, testSource(subscription));
}

interface NewSubscription {
  readonly project: Project;
  readonly service: string;
  readonly name: string;
  readonly variable: string;
  readonly to: readonly EventContract[];
  readonly emits: readonly EventContract[];
  readonly table: UsedTable | undefined;
}

/** The identifiers that all events have. They say which thing an event is about. */
function identifiersOf(to: readonly EventContract[]): Field[] {
  const [first] = to;
  if (!first) return [];
  const names = Object.keys(dataSchema(first.schema).properties ?? {});
  const schema = z.object(Object.fromEntries(names.map((name) => [name, Identifier])));
  return sharedFields(
    schema,
    to.map((contract) => contract.schema),
  ).map((name) => fieldOf(name, 'id'));
}

function handlerSource({ project, variable, to, emits, table }: NewSubscription): string {
  const incoming = (contract: EventContract) =>
    sharedFields(
      contract.schema,
      to.map(({ schema }) => schema),
    );
  const identifiers = identifiersOf(to).map((field) => field.name);
  const creates = table?.isNew && identifiers.includes(table.key);
  const names = [...new Set([...emits.flatMap(incoming), ...(creates ? [table.key] : [])])];
  const steps = [
    ...(creates
      ? [
          `if (await work.load(${table.variable}(${table.key}))) return;`,
          `work.create(${table.variable}(${table.key}), { ${table.key} });`,
        ]
      : []),
    ...emits.map((contract) => `work.emit(${contract.name}, ${dataSource(contract.schema, incoming(contract))});`),
  ];
  const isEmpty = steps.length === 0;
  const parameters = isEmpty ? '' : `${names.length > 0 ? `{ ${names.join(', ')} }` : '_data'}, work`;
  return `${emits.map((contract) => project.importOf(contract, '../..')).join('\n')}
import { consume } from '../runtime/consume/consume';
import { ${[variable, ...(creates ? [table.variable] : [])].join(', ')} } from './service';

export const handler = consume(${variable}, ${creates ? 'async ' : ''}(${parameters}) => {
${isEmpty ? '  // Add the parameters (data, work): load, decide, and stage writes and events on `work`.' : steps.map((step) => `  ${step}`).join('\n')}
});
`;
}

function testSource({ project, to, emits, table, name }: NewSubscription): string {
  const creates = table?.isNew && identifiersOf(to).some((field) => field.name === table.key);
  const tests = to.map((contract) => {
    const sample = sampleOf(contract.schema);
    const title = emits.length > 0 ? `publishes ${emits.map((one) => one.name).join(' and ')} once` : 'has one effect';
    const sentence = `${title}, however often ${contract.name} is delivered`;
    if (sample === undefined) return `test.todo('${sentence}: write an example of its data');`;
    const published = emits.map((one) => literal(one.name)).join(', ');
    return `test('${sentence}', async () => {
  const world = new HandlerWorld();
  const event = eventOf(${contract.name}, ${literal(sample)});
  await world.deliver(handler, event);
  await world.deliver(handler, event);
  expect(world.parked).toEqual([]);
  expect(world.published().map(({ name }) => name)).toEqual([${published}]);${
    creates ? `\n  expect(world.store.items(${literal(table.name)})).toHaveLength(1);` : ''
  }
});`;
  });
  const isUsed = tests.some((one) => one.startsWith('test('));
  const imports = isUsed
    ? [
        ...to.map((contract) => project.importOf(contract, '../..')),
        "import { eventOf, HandlerWorld } from '../../test/kit';",
        `import { handler } from './${name}';`,
      ]
    : [];
  return `${imports.join('\n')}\n\n${tests.join('\n\n')}\n`;
}
