import type { EventContract } from '../../contracts/core/contract';
import { UsageError } from '../failure';
import { emitted } from './event';
import { type Field, fieldOf, importsOf, objectSchema, objectSource, parseFields } from './fields';
import { camel, kebabName, singular } from './names';
import type { Project } from './project';
import { dataSource, literal, sampleOf, sharedFields } from './sample-data';
import { type UsedTable, useTable, workOptions } from './table';

export interface EndpointRequest {
  readonly service: string;
  readonly name: string;
  /** `POST /points` or `GET /points/{pointId}`. */
  readonly route?: string;
  /** Fields of the request's body. @default one text */
  readonly fields?: string;
  readonly emits?: readonly string[];
  /** @default the first segment of the path */
  readonly table?: string;
}

/** Adds an endpoint: a `GET` that shows an item, or another method that accepts a request and stores it. */
export async function addEndpoint(project: Project, request: EndpointRequest): Promise<void> {
  const { service, name, route = '' } = request;
  project.declarationOf(service);
  kebabName('endpoint', name);
  const [, method, path = ''] =
    /^(GET|POST|PUT|PATCH|DELETE) (\/(?:[a-z0-9-]+|\{\w+\})(?:\/(?:[a-z0-9-]+|\{\w+\}))*)$/.exec(route) ?? [];
  if (!method) {
    throw new UsageError(`--route must be a method and a path, for example "POST /points", not "${route}".`);
  }
  const [segment = name] = path.split('/').filter((part) => part !== '' && !part.startsWith('{'));
  const tableName = kebabName('table', request.table ?? segment);
  if (method === 'GET') return addReport(project, { service, name, route, path }, tableName, request);
  const key = `${camel(singular(tableName))}Id`;
  const table = await useTable(project, service, tableName, key);
  const fields = parseFields(request.fields ?? 'text');
  const id = fieldOf(table.key, 'id');
  const all = [id, ...fields.filter((field) => field.name !== id.name)];
  const emits = emitted(project, service, request.emits ?? [], all);
  declare(project, { service, name, route }, table, emits, fields);
  project.create(`lambdas/${service}/${name}.ts`, acceptSource(project, name, segment, { table, emits, fields, all }));
  project.create(`lambdas/${service}/${name}.test.ts`, acceptTest(name, route, emits, fields));
}

async function addReport(
  project: Project,
  { service, name, route, path }: { service: string; name: string; route: string; path: string },
  tableName: string,
  { emits = [], fields }: EndpointRequest,
): Promise<void> {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => parameter);
  const [key] = parameters;
  if (key === undefined || parameters.length > 1) {
    throw new UsageError(
      `A GET route needs one path parameter, for example "GET /points/{customerId}", not "${route}".`,
    );
  }
  if (emits.length > 0 || fields)
    throw new UsageError('A GET route only reads: it takes neither --emits nor --fields.');
  const table = await useTable(project, service, tableName, key);
  declare(project, { service, name, route }, table, [], []);
  project.create(
    `lambdas/${service}/${name}.ts`,
    `import { serveItem } from '../runtime/http/serve-item';
import { ${camel(name)}, ${table.variable} } from './service';

export const handler = serveItem(${camel(name)}, ${table.variable}, (item) => ({ body: item }));
`,
  );
  project.create(
    `lambdas/${service}/${name}.test.ts`,
    `import { HandlerWorld, httpRequest } from '../../test/kit';
import { handler } from './${name}';

test('answers 404 when there is no item', async () => {
  const request = httpRequest('${route}', undefined, { ${key}: 'none' });
  const { statusCode } = await new HandlerWorld().request(handler, request);
  expect(statusCode).toBe(404);
});
`,
  );
}

function declare(
  project: Project,
  { service, name, route }: { service: string; name: string; route: string },
  table: UsedTable,
  emits: readonly EventContract[],
  fields: readonly Field[],
): void {
  const variable = camel(name);
  project.declare(
    service,
    variable,
    [
      ...(fields.length > 0 ? importsOf(fields, '../../contracts') : []),
      ...emits.map((contract) => project.importOf(contract, '../..')),
    ],
    `export const ${variable} = ${camel(service)}.endpoint('${name}', {
  route: '${route}',${fields.length > 0 ? `\n  body: ${objectSource(fields)},` : ''}
  ${workOptions(emits, table)},
});`,
  );
  project.addToStack(service, variable, `this.endpoint(${variable});`);
}

interface Accepting {
  readonly table: UsedTable;
  readonly emits: readonly EventContract[];
  /** The fields of the body. */
  readonly fields: readonly Field[];
  /** These and the new item's key. */
  readonly all: readonly Field[];
}

function acceptSource(project: Project, name: string, segment: string, { table, emits, all }: Accepting): string {
  const shared = (contract: EventContract) => sharedFields(contract.schema, [objectSchema(all)]);
  const used = [...new Set(emits.flatMap(shared))].filter((field) => field !== table.key);
  const { key, variable } = table;
  return `${emits.map((contract) => project.importOf(contract, '../..')).join('\n')}
import { accept } from '../runtime/http/accept';
import { ${[camel(name), ...(table.isNew ? [variable] : [])].join(', ')} } from './service';

export const handler = accept(${camel(name)}, (${used.length > 0 ? `{ ${used.join(', ')} }` : '_body'}, work) => {
  const ${key} = work.newId('${key.replace(/Id$/, '')}');
${table.isNew ? `  work.create(${variable}(${key}), { ${key} });\n` : ''}${emits
  .map((contract) => `  work.emit(${contract.name}, ${dataSource(contract.schema, shared(contract))});\n`)
  .join('')}  return { location: \`/${segment}/\${${key}}\`, retryAfter: 1, body: { ${key} } };
});
`;
}

function acceptTest(name: string, route: string, emits: readonly EventContract[], fields: readonly Field[]): string {
  const [, path = ''] = route.split(' ');
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => [parameter, `${parameter}-1`]);
  const body = literal(sampleOf(objectSchema(fields)));
  const published = emits.map((contract) => literal(contract.name)).join(', ');
  const title = emits.length > 0 ? ` and publishes ${emits.map((contract) => contract.name).join(' and ')}` : '';
  const pathParameters = parameters.length > 0 ? `, ${literal(Object.fromEntries(parameters))}` : '';
  return `import { HandlerWorld, httpRequest } from '../../test/kit';
import { handler } from './${name}';

test('accepts a request${title}', async () => {
  const world = new HandlerWorld();
  const { statusCode } = await world.request(handler, httpRequest('${route}', ${body}${pathParameters}));
  expect(statusCode).toBe(202);
  expect(world.published().map(({ name }) => name)).toEqual([${published}]);
});

test('refuses a request without a body', async () => {
  const { statusCode } = await new HandlerWorld().request(handler, httpRequest('${route}'${pathParameters && `, undefined${pathParameters}`}));
  expect(statusCode).toBe(400);
});
`;
}
