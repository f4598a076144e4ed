import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Parser } from '@asyncapi/parser';
import * as z from 'zod/mini';
import { findFunctions } from '../../../cli/declarations';
import { defineEvent, type EventContract, upcast } from '../../../contracts/core/contract';
import { contractsIn } from '../../../contracts/core/contracts-in';
import { defineService } from '../../../lambdas/runtime/declare/service';
import { toAsyncApi } from '../../../observe/map/asyncapi';
import { type DeclaredSystem, deafSubscriptions } from '../../../observe/map/declared';
import { declaredSystem, MAP, mapFiles } from '../../../observe/map/files';
import { toMarkdown } from '../../../observe/map/mermaid';
import { toOpenApis } from '../../../observe/map/openapi';
import * as fixture from '../../fixture/contracts';

const FIXTURE = path.join(__dirname, '..', '..', 'fixture', 'lambdas');

async function fixtureSystem(): Promise<DeclaredSystem> {
  const declarations = (await findFunctions(FIXTURE)).map(({ declaration }) => declaration);
  return { name: 'fixture', version: '1.0.0', contracts: contractsIn(fixture), declarations };
}

describe('the map of this checkout', () => {
  test('is up to date: run "npm run map" and commit it', async () => {
    const written = existsSync(MAP) ? readdirSync(MAP) : [];
    const found = new Map(written.map((file) => [file, readFileSync(path.join(MAP, file), 'utf8')]));
    const expected = mapFiles(await declaredSystem());
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [file, content] of expected) expect({ file, content: found.get(file) }).toEqual({ file, content });
  });

  test('has no subscription that no event can reach', async () => {
    expect(deafSubscriptions(await declaredSystem())).toEqual([]);
  });
});

describe.each([
  ['this checkout', declaredSystem],
  ['the fixture', fixtureSystem],
])('the documents of %s', (_, load) => {
  test('are valid AsyncAPI 3', async () => {
    const document = JSON.stringify(toAsyncApi(await load()));
    const diagnostics = await new Parser().validate(document);
    const problems = diagnostics.filter(({ severity }) => severity <= 1);
    expect(problems.map(({ message, path: at }) => `${at.join('.')}: ${message}`)).toEqual([]);
  });

  test('are valid OpenAPI 3.1', async () => {
    for (const [service, api] of toOpenApis(await load())) {
      expect({ service, ...validateOpenApi(api) }).toEqual({ service, valid: true });
    }
  });
});

test('a broken document is refused', () => {
  expect(validateOpenApi({ openapi: '3.1.0', info: {} })).toMatchObject({ valid: false });
});

test('the diagram has the services and their events', async () => {
  const page = toMarkdown(await fixtureSystem());
  expect(page).toContain('s_depot -->|"ParcelRegistered"| s_scales');
  expect(page).toContain('s_scales -->|"ParcelRefused<br/>ParcelWeighed"| s_depot');
  expect(page).toContain('| depot.ParcelDue | v1 | reminder |');
});

describe('a subscription', () => {
  const shape = z.object({ parcelId: z.string() });
  const registered = (version: number, oldest = version) =>
    defineEvent({
      name: 'Registered',
      owner: 'depot',
      version,
      schema: shape,
      upcasts: Object.fromEntries(
        Array.from({ length: version - oldest }, (_, index) => [oldest + index, upcast(shape, (data) => data)]),
      ),
    });
  const system = (emits: readonly EventContract<string, unknown, 'bus', 'depot'>[], to: EventContract) => ({
    declarations: [
      defineService('depot').endpoint('register', { route: 'POST /parcels', body: shape, emits }),
      defineService('scales').subscription('weigh', { to: [to] }),
    ],
  });

  test('to a version that is published, or that its upcasts lead to, is connected', () => {
    expect(deafSubscriptions(system([registered(2)], registered(2)))).toEqual([]);
    expect(deafSubscriptions(system([registered(1)], registered(2, 1)))).toEqual([]);
  });

  test('to a version that is not published is found', () => {
    const [problem] = deafSubscriptions(system([registered(1)], registered(2)));
    expect(problem).toMatch(/^scales\.weigh understands depot\.Registered v2, and only v1 is published/);
    expect(deafSubscriptions(system([registered(3)], registered(2)))).toHaveLength(1);
  });

  test('to an event that is not published is found', () => {
    expect(deafSubscriptions(system([], registered(1)))[0]).toContain('no function publishes it');
  });
});

/** The validator is an ES module, which Jest's loader cannot require. */
function validateOpenApi(document: object): { valid: boolean; errors?: unknown } {
  const script = `
    import { Validator } from '@seriousme/openapi-schema-validator';
    import { readFileSync } from 'node:fs';
    console.log(JSON.stringify(await new Validator().validate(JSON.parse(readFileSync(0, 'utf8')))));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    input: JSON.stringify(document),
    encoding: 'utf8',
  });
  return JSON.parse(output) as { valid: boolean };
}
