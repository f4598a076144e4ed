import { everyStage, offenders, type Resource, render, type SynthesisedApp, type Value } from './app';
import { type StageName, SYNTHESIS_TIMEOUT } from './synthesis';

let stages: Record<StageName, SynthesisedApp>;
let apps: SynthesisedApp[];
beforeAll(async () => {
  stages = await everyStage();
  apps = Object.values(stages);
}, SYNTHESIS_TIMEOUT);

/** The properties that set a resource's physical name. */
const NAMES = /^(Name|[A-Z][A-Za-z]*Name)$/;
/** Properties whose names look like those but that set no physical name. */
const OTHER_NAMES = [
  'FunctionName',
  'EventBusName',
  'MetricName',
  'StageName',
  'DisplayName',
  'IndexName',
  'GroupName',
];

/** Returns the literal physical names in a template. */
function physicalNames({ properties }: Resource): string[] {
  return Object.entries(properties)
    .filter(([key, value]) => NAMES.test(key) && !OTHER_NAMES.includes(key) && typeof value === 'string')
    .map(([, value]) => String(value));
}

/** Parameters have fixed names (lib/broker/manifest.ts), which contain the stage. */
const isParameter = ({ type }: Resource) => type === 'AWS::SSM::Parameter';

const everything = (app: SynthesisedApp) => app.types.flatMap((type) => app.resources(type));

describe('every stack', () => {
  test('has no exports and imports, so that it is deployed, rolled back and deleted alone', () => {
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

  test('can be deployed to any account and region', () => {
    for (const app of apps) {
      const { artifacts } = app.json<{ artifacts: Record<string, { environment?: string }> }>('manifest.json');
      for (const name of app.templates.keys()) {
        expect(artifacts[name]?.environment).toBe('aws://unknown-account/unknown-region');
      }
    }
  });

  test('is named after its stage', () => {
    for (const app of apps) {
      const { artifacts } = app.json<{ artifacts: Record<string, { properties?: { stackName?: string } }> }>(
        'manifest.json',
      );
      for (const name of app.templates.keys()) {
        expect(artifacts[name]?.properties?.stackName).toBe(`event-broker-${app.stage}-${name}`);
      }
    }
  });

  test('has at most 500 resources and 1 MB, the limits of CloudFormation', () => {
    for (const app of apps) {
      for (const [name, template] of app.templates) {
        const size = { resources: Object.keys(template.Resources).length, bytes: JSON.stringify(template).length };
        expect({ name, fits: size.resources < 500 && size.bytes < 1_000_000 }).toEqual({ name, fits: true });
      }
    }
  });

  test('depends only on the broker and on the owners of topics that it subscribes to', () => {
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
  test('are generated, except for those of parameters', () => {
    const isNamed = (one: Resource, app: SynthesisedApp) =>
      !isParameter(one) && !isLocal(one) && physicalNames(one).some((name) => !name.includes(app.stage));
    expect(offenders(apps, everything, isNamed)).toEqual([]);
  });

  test('differ between stages, so that all stages fit into one account', () => {
    const names = (app: SynthesisedApp) =>
      everything(app)
        .filter((one) => !isLocal(one))
        .flatMap(physicalNames);
    const dev = new Set(names(stages.dev));
    expect(names(stages.prod).filter((name) => dev.has(name))).toEqual([]);
  });

  test('of parameters begin with the stage’s path', () => {
    const isElsewhere = ({ properties }: Resource, app: SynthesisedApp) =>
      !String(properties.Name).startsWith(`/event-broker/${app.stage}/`);
    expect(offenders(apps, (app) => app.resources('AWS::SSM::Parameter'), isElsewhere)).toEqual([]);
  });
});

/** Types whose names are labels, or unique within their role. */
function isLocal({ type }: Resource): boolean {
  return type.startsWith('AWS::ApiGatewayV2::') || type === 'AWS::IAM::Policy';
}

test('every resource that supports tags is tagged with project, stage and service', () => {
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
  test('lists exactly its queues, tables and functions', () => {
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
        // A schedule's dead-letter queue is not in the manifest: its messages contain only a time.
        const others = queues.filter((queue) => !namedQueues.includes(queue));
        expect(others).toHaveLength(app.resources('AWS::Scheduler::Schedule', service).length);
      }
    }
  });

  test('lists the routes of its HTTP API', () => {
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

  test('fits into an SSM parameter with intelligent tiering', () => {
    const manifests = (app: SynthesisedApp) =>
      app
        .resources<{ Name: string; Tier?: string; Value: Value }>('AWS::SSM::Parameter')
        .filter(({ properties }) => properties.Name.startsWith(`/event-broker/${app.stage}/services/`));
    expect(offenders(apps, manifests, ({ properties }) => properties.Tier !== 'Intelligent-Tiering')).toEqual([]);
    // SSM: at most 8 KB in an advanced parameter. Physical names have about 70 characters more than logical names.
    const size = (value: Value) => render(value).replaceAll(/<[^>]*>/g, 'x'.repeat(120)).length;
    expect(offenders(apps, manifests, ({ properties }) => size(properties.Value) > 8 * 1024)).toEqual([]);
    for (const app of apps) expect(manifests(app)).toHaveLength(app.services.length);
  });
});
