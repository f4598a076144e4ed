import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import { findFunctions } from '../../cli/declarations';
import { variables } from '../../lambdas/runtime/aws/settings';
import { consumerOf } from '../../lambdas/runtime/declare/declaration';
import { bundle } from '../../lib/broker/bundling/bundle';
import { everyStage, offenders, render, type SynthesisedApp, type Value } from './app';
import { ROOT, SYNTHESIS_TIMEOUT } from './synthesis';

interface LambdaFunction {
  readonly Architectures: readonly string[];
  readonly Runtime: string;
  readonly Handler: string;
  readonly Timeout: number;
  readonly TracingConfig: { readonly Mode: string };
  readonly LoggingConfig: { readonly LogFormat: string; readonly LogGroup: Value };
  readonly Environment: { readonly Variables: Readonly<Record<string, Value>> };
}

/** A handler with its schemas has 60 to 155 KB, one with the SDK 200. Full zod, or the SDK's credential chain, would exceed this limit. */
const MAX_BUNDLE_BYTES = 220 * 1024;
/** With the lines of libraries a source map would have 600 KB, which Node reads at every cold start. */
// The largest, of a function that reconciles through a circuit breaker, has 84 KB.
const MAX_SOURCE_MAP_BYTES = 100 * 1024;

let apps: SynthesisedApp[];
beforeAll(async () => {
  apps = Object.values(await everyStage());
}, SYNTHESIS_TIMEOUT);

const functions = (app: SynthesisedApp) => app.resources<LambdaFunction>('AWS::Lambda::Function');

test('every function that a service declares is in its stack', async () => {
  const [app] = apps;
  const deployed = app?.services.flatMap((name) => {
    const { service, subscriptions, endpoints, schedules = [] } = app.manifest(name);
    return [...subscriptions, ...endpoints, ...schedules].map((one) => `${service}.${one.name}`);
  });
  const declared = (await findFunctions())
    .filter(({ declaration }) => declaration.kind !== 'task')
    .map(({ declaration }) => consumerOf(declaration));
  // A name that is missing here needs a line in lib/services, such as `this.subscribe(…)`.
  expect(declared.filter((name) => !deployed?.includes(name))).toEqual([]);
});

test('every function runs on arm64 and the newest Node.js that Lambda offers', () => {
  const newest = Runtime.ALL.filter(({ family }) => family === RuntimeFamily.NODEJS)
    .map(({ name }) => name)
    .filter((name) => /^nodejs\d+\.x$/.test(name))
    .sort((a, b) => Number(a.slice(6, -2)) - Number(b.slice(6, -2)))
    .at(-1);
  expect(offenders(apps, functions, ({ properties }) => properties.Runtime !== newest)).toEqual([]);
  expect(offenders(apps, functions, ({ properties }) => properties.Architectures.join() !== 'arm64')).toEqual([]);
});

test('every function is traced', () => {
  expect(offenders(apps, functions, ({ properties }) => properties.TracingConfig.Mode !== 'Active')).toEqual([]);
});

test('every function logs JSON to its own log group, with a set retention', () => {
  expect(offenders(apps, functions, ({ properties }) => properties.LoggingConfig.LogFormat !== 'JSON')).toEqual([]);
  for (const app of apps) {
    const groups = functions(app).map((one) => app.target(one, one.properties.LoggingConfig.LogGroup)?.name);
    expect(new Set(groups).size).toBe(functions(app).length);
    expect(groups).not.toContain(undefined);
  }
  const logGroups = (app: SynthesisedApp) => app.resources<{ RetentionInDays?: number }>('AWS::Logs::LogGroup');
  expect(offenders(apps, logGroups, ({ properties }) => !properties.RetentionInDays)).toEqual([]);
});

test('every function has source maps enabled', () => {
  const shows = (variables: Readonly<Record<string, Value>>) => variables.NODE_OPTIONS === '--enable-source-maps';
  expect(offenders(apps, functions, ({ properties }) => !shows(properties.Environment.Variables))).toEqual([]);
});

test('every function has its stage, service and name in its environment', () => {
  for (const app of apps) {
    for (const { stack, properties } of functions(app)) {
      const { Variables } = properties.Environment;
      expect(Variables[variables.stage]).toBe(app.stage);
      expect(Variables[variables.service]).toBe(stack);
      expect(Variables[variables.name]).toMatch(/^[a-z-]+$/);
    }
  }
});

test('every function has the tables that it uses in its environment, by their logical names', () => {
  for (const app of apps) {
    for (const service of app.services) {
      const { tables } = app.manifest(service);
      const known = Object.entries(tables).map(([name, table]) => `${variables.table(name)}=${table}`);
      const told = functions(app)
        .filter(({ stack }) => stack === service)
        .flatMap(({ properties }) => Object.entries(properties.Environment.Variables))
        .filter(([name]) => name.startsWith(variables.table('')))
        .map(([name, value]) => `${name}=${render(value)}`);
      expect(known).toEqual(expect.arrayContaining([...new Set(told)]));
    }
  }
});

describe('every bundle', () => {
  const bundles = () => {
    const [app] = apps;
    const assets = app?.services.flatMap((service) => {
      const { files } = app.json<{ files: Record<string, { source: { path: string; packaging: string } }> }>(
        `${service}.assets.json`,
      );
      return Object.values(files).filter(({ source }) => source.packaging === 'zip');
    });
    return [...new Set(assets?.map(({ source }) => join(app?.folder ?? '', source.path)))];
  };

  test('is small', () => {
    const large = bundles().filter((folder) => statSync(join(folder, 'index.js')).size > MAX_BUNDLE_BYTES);
    expect(large).toEqual([]);
    expect(bundles().length).toBeGreaterThan(0);
  });

  test('contains only those contracts of its service that its function declares', () => {
    const [app] = apps;
    if (!app) throw new Error('There is no app.');
    const unused = app.services.flatMap((service) => {
      const { subscriptions, endpoints, schedules = [] } = app.manifest(service);
      const all = [...subscriptions, ...endpoints, ...schedules].map((one) => ({
        name: one.name,
        contracts: new Set([...('to' in one ? one.to : []), ...one.emits]),
      }));
      const known = new Set(all.flatMap(({ contracts }) => [...contracts]));
      return all.flatMap(({ name, contracts }) => {
        const code = readFileSync(join(bundle(join(ROOT, 'lambdas', service, `${name}.ts`)), 'index.js'), 'utf8');
        return [...known]
          .filter((contract) => !contracts.has(contract))
          .filter((contract) => code.includes(definitionOf(contract)))
          .map((contract) => `${service}.${name} contains ${contract}`);
      });
    });
    expect(unused).toEqual([]);
  });

  test('loads and exports its handler', () => {
    const wrong = run(`
      const isWrong = (folder) => typeof require(folder + '/index.js').handler !== 'function';
      process.stdout.write(JSON.stringify(process.argv.slice(1).filter(isWrong)));`);
    expect(wrong).toEqual([]);
  }, 30_000);

  test('has no dynamic imports, because the first one takes Node 12 ms', () => {
    const importing = bundles().filter((folder) => /\bimport\(/.test(readFileSync(join(folder, 'index.js'), 'utf8')));
    expect(importing).toEqual([]);
  });

  test('has a small source map, so that errors name the line of the source', () => {
    // Without settings, a consumer throws.
    const stacks = run(`
      const invoke = async (folder) => require(folder + '/index.js').handler({ Records: [] });
      Promise.allSettled(process.argv.slice(1).map(invoke))
        .then((ends) => process.stdout.write(JSON.stringify(ends.map(({ reason }) => reason?.stack ?? ''))));`) as string[];
    const failed = stacks.filter((stack) => stack.startsWith('Error: The environment variable'));
    expect(failed.length).toBeGreaterThan(0);
    const lines = readFileSync(join(ROOT, 'lambdas', 'runtime', 'aws', 'settings.ts'), 'utf8').split('\n');
    const throwing = lines.findIndex((line) => line.includes('throw new Error(`The environment variable')) + 1;
    expect(failed.filter((stack) => !stack.includes(`lambdas/runtime/aws/settings.ts:${throwing}:`))).toEqual([]);
    const large = bundles().filter((folder) => statSync(join(folder, 'index.js.map')).size > MAX_SOURCE_MAP_BYTES);
    expect(large).toEqual([]);
  }, 30_000);

  /** Runs a script with the bundles' folders in a separate process, as Lambda does. Loading needs no settings. */
  function run(script: string): unknown {
    const args = ['--enable-source-maps', '--eval', script, ...bundles()];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe', env: {} }));
  }

  test('is the same in every stage', () => {
    const hashes = apps.map((app) =>
      app
        .resources<{ Code: { S3Key: string }; Environment: { Variables: Record<string, Value> } }>(
          'AWS::Lambda::Function',
        )
        .map(
          ({ stack, properties }) => `${stack}.${properties.Environment.Variables.FUNCTION}: ${properties.Code.S3Key}`,
        ),
    );
    const [local = [], ...others] = hashes;
    for (const stage of others) expect(local).toEqual(expect.arrayContaining(stage));
  });
});

/** Returns the start of a contract's definition in a minified bundle. */
function definitionOf(contract: string): string {
  const [owner, name] = contract.split('.');
  return `name:"${name}",owner:"${owner}"`;
}
