import { isReadOnly } from '../../lambdas/runtime/declare/declaration';
import { everyStage, offenders, type Resource, referredTo, render, type SynthesisedApp, type Value } from './app';
import { SYNTHESIS_TIMEOUT } from './synthesis';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: Value;
  readonly Principal?: Value;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Value>>>>;
}

interface Document {
  readonly Statement: readonly Statement[];
}

interface Policy {
  readonly PolicyDocument: Document;
  readonly Roles: readonly Value[];
}

let apps: SynthesisedApp[];
beforeAll(async () => {
  apps = Object.values(await everyStage());
}, SYNTHESIS_TIMEOUT);

const policies = (app: SynthesisedApp) => app.resources<Policy>('AWS::IAM::Policy');
const actions = ({ Action }: Statement) => [Action].flat();
const resources = ({ Resource }: Statement) => [Resource].flat() as Value[];

/** The policy statements of a function's role. */
function allowed(app: SynthesisedApp, service: string, name: string): Statement[] {
  const fn = app
    .resources<{ Role: Value; Environment: { Variables: Record<string, Value> } }>('AWS::Lambda::Function', service)
    .find(({ properties }) => properties.Environment.Variables.FUNCTION === name);
  const role = referredTo(fn?.properties.Role);
  return policies(app)
    .filter(({ stack, properties }) => stack === service && properties.Roles.some((one) => referredTo(one) === role))
    .flatMap(({ properties }) => properties.PolicyDocument.Statement);
}

/** The logical names of all resources on which a function has permission for an action. */
function mayReach(app: SynthesisedApp, service: string, name: string, action: string): string[] {
  const statements = allowed(app, service, name).filter((statement) => actions(statement).includes(action));
  return [...new Set(statements.flatMap(resources).map(render))].sort();
}

test('no action is a wildcard', () => {
  const isWild = ({ properties }: Resource<Policy>) =>
    properties.PolicyDocument.Statement.some((statement) => actions(statement).some((action) => action.includes('*')));
  expect(offenders(apps, policies, isWild)).toEqual([]);
});

test('no resource is a wildcard, except for tracing and for listing streams, which support no resource', () => {
  const wild = apps.flatMap((app) =>
    policies(app)
      .flatMap(({ properties }) => properties.PolicyDocument.Statement)
      .filter((statement) => resources(statement).includes('*'))
      .flatMap(actions),
  );
  expect([...new Set(wild)].sort()).toEqual([
    'dynamodb:ListStreams',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ]);
});

test('roles have no managed policies, because they allow more than is needed', () => {
  const roles = (app: SynthesisedApp) => app.resources<Record<string, Value>>('AWS::IAM::Role');
  expect(offenders(apps, roles, ({ properties }) => 'ManagedPolicyArns' in properties)).toEqual([]);
});

test('no role has an action that nothing calls', () => {
  // The clients take each queue's URL from the environment, and each parameter is read by CloudFormation.
  const uncalled = ['sqs:GetQueueUrl', 'ssm:GetParameter', 'dynamodb:Scan', 'dynamodb:DeleteItem', 'kms:Encrypt'];
  const hasOne = ({ properties }: Resource<Policy>) =>
    properties.PolicyDocument.Statement.some((statement) => actions(statement).some((one) => uncalled.includes(one)));
  expect(offenders(apps, policies, hasOne)).toEqual([]);
});

test('a policy of a queue, topic or key lets an AWS service in for this account or its resources alone, to do one thing', () => {
  for (const app of apps) {
    const open = servicesLetIn(app).filter(({ statement }) => {
      const { 'aws:SourceAccount': account } = statement.Condition?.StringEquals ?? {};
      const { 'aws:SourceArn': sources = [] } = statement.Condition?.ArnEquals ?? {};
      const arns = [sources].flat() as Value[];
      const isOwnArn = arns.length > 0 && arns.every((arn) => referredTo(arn) !== undefined);
      return referredTo(account) !== 'AWS::AccountId' && !isOwnArn;
    });
    expect(open.map(({ name }) => name)).toEqual([]);
    const done = new Set(servicesLetIn(app).flatMap(({ statement }) => actions(statement)));
    expect([...done].sort()).toEqual(['kms:Decrypt', 'kms:GenerateDataKey*', 'sns:Publish', 'sqs:SendMessage']);
  }
});

describe('publishing', () => {
  test('is allowed for relays only', () => {
    for (const app of apps) {
      const publishers = app
        .resources<{ Environment: { Variables: Record<string, Value> } }>('AWS::Lambda::Function')
        .map(({ stack, properties }) => ({ stack, name: String(properties.Environment.Variables.FUNCTION) }))
        .filter(({ stack, name }) => mayReach(app, stack, name, 'events:PutEvents').length > 0);
      expect(publishers.filter(({ name }) => name !== 'relay')).toEqual([]);
      expect(publishers.length).toBeGreaterThan(0);
    }
  });

  test('is allowed only with the service’s own source and the declared names', () => {
    for (const app of apps) {
      for (const service of app.services) {
        const { subscriptions, endpoints, schedules = [] } = app.manifest(service);
        const declared = [...subscriptions, ...endpoints, ...schedules].flatMap(({ emits }) => emits);
        for (const statement of allowed(app, service, 'relay').filter((one) =>
          actions(one).includes('events:PutEvents'),
        )) {
          expect(resources(statement).map(render)).toEqual([expect.stringMatching(/^<SsmParameterValue.*brokerbus/)]);
          const {
            'events:source': source,
            'events:detail-type': names,
            ...others
          } = statement.Condition?.['ForAllValues:StringEquals'] ?? {};
          expect(source).toBe(service);
          expect(declared).toEqual(expect.arrayContaining([names].flat().map((name) => `${service}.${name}`)));
          expect(others).toEqual({});
        }
      }
    }
  });

  test('is denied to calls without source or detail-type', () => {
    // `ForAllValues` alone is true of an empty set (IAM User Guide, "Multivalued context keys").
    const isOpen = (statement: Statement) =>
      actions(statement).includes('events:PutEvents') &&
      JSON.stringify(statement.Condition?.Null) !== '{"events:source":"false","events:detail-type":"false"}';
    expect(offenders(apps, policies, ({ properties }) => properties.PolicyDocument.Statement.some(isOpen))).toEqual([]);
  });
});

describe('a function', () => {
  test('behind a subscription has only the permissions that it needs on its own tables and queues', () => {
    for (const app of apps) {
      for (const service of app.services) {
        const { records, tables, subscriptions } = app.manifest(service);
        for (const { name, uses, dependencies, queue, deadLetterQueue } of subscriptions) {
          const shared = dependencies.length > 0 ? [tables.dependencies] : [];
          const own = [...uses.map((table) => tables[table]), ...shared];
          const may = (action: string) => mayReach(app, service, name, action);
          expect(may('dynamodb:GetItem')).toEqual([records, ...own].sort());
          expect(may('dynamodb:BatchGetItem')).toEqual([records, ...own].sort());
          expect(may('dynamodb:PutItem')).toEqual([records, ...own].sort());
          expect(may('dynamodb:PartiQLInsert')).toEqual([records, ...own].sort());
          expect(may('dynamodb:UpdateItem')).toEqual([...own].sort());
          expect(may('dynamodb:PartiQLUpdate')).toEqual([...own].sort());
          expect(may('dynamodb:PartiQLSelect')).toEqual([]);
          expect(may('dynamodb:PartiQLDelete')).toEqual([]);
          expect(may('sqs:ReceiveMessage')).toEqual([queue]);
          expect(may('sqs:ChangeMessageVisibility')).toEqual([queue]);
          expect(may('sqs:SendMessage')).toEqual([queue, deadLetterQueue].sort());
          expect(may('dynamodb:DeleteItem')).toEqual([]);
          expect(may('dynamodb:Scan')).toEqual([]);
        }
      }
    }
  });

  test('that only reads cannot write', () => {
    for (const app of apps) {
      for (const service of app.services) {
        const { tables, endpoints } = app.manifest(service);
        for (const { name, uses } of endpoints.filter(isReadOnly)) {
          const used = allowed(app, service, name)
            .flatMap(actions)
            .filter((action) => action.startsWith('dynamodb:'));
          const reads = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'];
          expect(used.filter((action) => !reads.includes(action))).toEqual([]);
          expect(mayReach(app, service, name, 'dynamodb:GetItem')).toEqual(uses.map((table) => tables[table]).sort());
        }
      }
    }
  });

  test('uses no table of another service', () => {
    for (const app of apps) {
      const foreign = policies(app).filter((policy) =>
        policy.properties.PolicyDocument.Statement.filter((statement) =>
          actions(statement).some((action) => action.startsWith('dynamodb:') && action !== 'dynamodb:ListStreams'),
        ).some((statement) => resources(statement).some((one) => !isOwn(app, policy, one))),
      );
      expect(foreign.map(({ name }) => name)).toEqual([]);
    }
  });
});

/** The statements of resources' policies that name an AWS service as principal. */
function servicesLetIn(app: SynthesisedApp): { readonly name: string; readonly statement: Statement }[] {
  const types = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::KMS::Key'];
  return types
    .flatMap((type) => app.resources<{ PolicyDocument?: Document; KeyPolicy?: Document }>(type))
    .flatMap(({ name, properties: { PolicyDocument, KeyPolicy } }) =>
      ((PolicyDocument ?? KeyPolicy)?.Statement ?? []).map((statement) => ({ name, statement })),
    )
    .filter(({ statement: { Principal: one } }) => typeof one === 'object' && one !== null && 'Service' in one);
}

/** Whether a resource is a table of the same stack, its stream, or one of its indexes. */
function isOwn(app: SynthesisedApp, from: { readonly stack: string }, resource: Value): boolean {
  const { 'Fn::Join': join } = resource as { 'Fn::Join'?: [string, Value[]] };
  return app.target(from, join ? join[1][0] : resource)?.type === 'AWS::DynamoDB::Table';
}
