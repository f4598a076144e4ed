import { everyStage, offenders, type Resource, render, type SynthesisedApp, type Value } from './app';
import { type StageName, SYNTHESIS_TIMEOUT } from './synthesis';

let stages: Record<StageName, SynthesisedApp>;
let apps: SynthesisedApp[];
beforeAll(async () => {
  stages = await everyStage();
  apps = Object.values(stages);
}, SYNTHESIS_TIMEOUT);

/** The properties by which a resource can be given a physical name. */
const NAMES = /^(Name|[A-Z][A-Za-z]*Name)$/;
/** Names of other things: what a resource belongs to, or is shown as. */
const OTHER_NAMES = [
  'FunctionName',
  'EventBusName',
  'MetricName',
  'StageName',
  'DisplayName',
  'IndexName',
  'GroupName',
];

/** The literal names that a template gives to resources. */
function physicalNames({ properties }: Resource): string[] {
  return Object.entries(properties)
    .filter(([key, value]) => NAMES.test(key) && !OTHER_NAMES.includes(key) && typeof value === 'string')
    .map(([, value]) => String(value));
}

/** Found by their fixed names (lib/broker/manifest.ts), which hold the stage's. */
const isParameter = ({ type }: Resource) => type === 'AWS::SSM::Parameter';

const everything = (app: SynthesisedApp) => app.types.flatMap((type) => app.resources(type));

describe('every stack', () => {
  test('is deployed, rolled back and deleted alone: nothing is exported or imported', () => {
    for (const app of apps) {
      for (const [name, template] of app.templates) {
        const text = JSON.stringify(template);
        expect({ name, outputs: Object.keys(template.Outputs ?? {}) }).toEqual({ name, outputs: [] });
        expect({ name, imports: /Fn::ImportValue|Fn::GetStackOutput|"Export"/.test(text) }).toEqual({
          name,
          imports: false,
        });
      }
    }
  });

  test('fits any account and region', () => {
    for (const app of apps) {
      const { artifacts } = app.json<{ artifacts: Record<string, { environment?: string }> }>('manifest.json');
      for (const name of app.templates.keys()) {
        expect(artifacts[name]?.environment).toBe('aws://unknown-account/unknown-region');
      }
    }
  });

  test('is named for its stage', () => {
    for (const app of apps) {
      const { artifacts } = app.json<{ artifacts: Record<string, { properties?: { stackName?: string } }> }>(
        'manifest.json',
      );
      for (const name of app.templates.keys()) {
        expect(artifacts[name]?.properties?.stackName).toBe(`event-broker-${app.stage}-${name}`);
      }
    }
  });

  test('fits into CloudFormation’s 500 resources and 1 MB', () => {
    for (const app of apps) {
      for (const [name, template] of app.templates) {
        const size = { resources: Object.keys(template.Resources).length, bytes: JSON.stringify(template).length };
        expect({ name, fits: size.resources < 500 && size.bytes < 1_000_000 }).toEqual({ name, fits: true });
      }
    }
  });

  test('is deployed after the broker and after the owners of topics it subscribes to, and waits for no other', () => {
    for (const app of apps) {
      const { artifacts } = app.json<{ artifacts: Record<string, { dependencies?: string[] }> }>('manifest.json');
      for (const service of app.services) {
        const after = (artifacts[service]?.dependencies ?? []).filter((one) => app.templates.has(one));
        const parameters = JSON.stringify(app.templates.get(service));
        const announcers = app.services.filter((one) => parameters.includes(`"/event-broker/${app.stage}/${one}/`));
        const topics = app.services.filter((one) => parameters.includes(`"/event-broker/${app.stage}/topics/${one}"`));
        expect(after).toContain('broker');
        const allowed = ['broker', ...announcers, ...topics];
        expect({ service, others: after.filter((one) => !allowed.includes(one)) }).toEqual({ service, others: [] });
      }
    }
  });
});

describe('names', () => {
  test('are made up by CloudFormation or by the CDK, but for the parameters’', () => {
    const isNamed = (one: Resource, app: SynthesisedApp) =>
      !isParameter(one) && !isLocal(one) && physicalNames(one).some((name) => !name.includes(app.stage));
    expect(offenders(apps, everything, isNamed)).toEqual([]);
  });

  test('are different in every stage, so that all fit into one account', () => {
    const names = (app: SynthesisedApp) =>
      everything(app)
        .filter((one) => !isLocal(one))
        .flatMap(physicalNames);
    const dev = new Set(names(stages.dev));
    expect(names(stages.prod).filter((name) => dev.has(name))).toEqual([]);
  });

  test('of parameters are below the stage’s path', () => {
    const isElsewhere = ({ properties }: Resource, app: SynthesisedApp) =>
      !String(properties.Name).startsWith(`/event-broker/${app.stage}/`);
    expect(offenders(apps, (app) => app.resources('AWS::SSM::Parameter'), isElsewhere)).toEqual([]);
  });
});

/** Names that are only shown, or are unique within the role that a policy belongs to. */
function isLocal({ type }: Resource): boolean {
  return type.startsWith('AWS::ApiGatewayV2::') || type === 'AWS::IAM::Policy';
}

test('every resource that takes tags says its project, stage and service', () => {
  const isUntagged = ({ properties: { Tags: tags }, stack }: Resource, app: SynthesisedApp) => {
    if (tags === undefined) return false;
    const found = Array.isArray(tags)
      ? Object.fromEntries((tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]))
      : (tags as Record<string, Value>);
    const service = stack === 'broker' ? undefined : stack;
    return found.project !== 'event-broker' || found.stage !== app.stage || found.service !== service;
  };
  expect(offenders(apps, everything, isUntagged)).toEqual([]);
  for (const app of apps) {
    for (const type of ['AWS::SQS::Queue', 'AWS::DynamoDB::Table', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup']) {
      expect(app.resources(type).filter(({ properties }) => properties.Tags === undefined)).toEqual([]);
    }
  }
});

describe('every service’s manifest', () => {
  test('names all its queues, tables and functions, and nothing that is not there', () => {
    for (const app of apps) {
      for (const service of app.services) {
        const { records, relay, tables, subscriptions, endpoints } = app.manifest(service);
        const tablesOf = app.resources('AWS::DynamoDB::Table', service).map(({ id }) => `<${id}>`);
        expect([records, ...Object.values(tables)].sort()).toEqual(tablesOf.sort());

        const functions = app.resources('AWS::Lambda::Function', service).map(({ id }) => `<${id}>`);
        const named = [relay.function, ...[...subscriptions, ...endpoints].map(({ function: one }) => one)];
        expect(functions).toEqual(expect.arrayContaining(named));

        const queues = app.resources('AWS::SQS::Queue', service).map(({ id }) => `<${id}>`);
        const namedQueues = [
          relay.deadLetterQueue,
          ...subscriptions.flatMap(({ queue, deadLetterQueue }) => [queue, deadLetterQueue]),
        ];
        expect(queues).toEqual(expect.arrayContaining(namedQueues));
        // Only a schedule's dead letters are not in a manifest: they hold nothing but the time.
        const others = queues.filter((queue) => !namedQueues.includes(queue));
        expect(others).toHaveLength(app.resources('AWS::Scheduler::Schedule', service).length);
      }
    }
  });

  test('names its routes as API Gateway has them', () => {
    for (const app of apps) {
      for (const service of app.services) {
        const routes = app.resources<{ RouteKey: string }>('AWS::ApiGatewayV2::Route', service);
        const { endpoints, api } = app.manifest(service);
        expect(endpoints.map(({ route }) => route).sort()).toEqual(
          routes.map(({ properties }) => properties.RouteKey).sort(),
        );
        expect(api !== undefined).toBe(routes.length > 0);
      }
    }
  });

  test('fits into a parameter, which grows with it', () => {
    const manifests = (app: SynthesisedApp) =>
      app
        .resources<{ Name: string; Tier?: string; Value: Value }>('AWS::SSM::Parameter')
        .filter(({ properties }) => properties.Name.startsWith(`/event-broker/${app.stage}/services/`));
    expect(offenders(apps, manifests, ({ properties }) => properties.Tier !== 'Intelligent-Tiering')).toEqual([]);
    // 8 KB is an advanced parameter's limit. Physical names are longer than logical ones, by some 70 characters.
    const size = (value: Value) => render(value).replaceAll(/<[^>]*>/g, 'x'.repeat(120)).length;
    expect(offenders(apps, manifests, ({ properties }) => size(properties.Value) > 8 * 1024)).toEqual([]);
    for (const app of apps) expect(manifests(app)).toHaveLength(app.services.length);
  });
});
