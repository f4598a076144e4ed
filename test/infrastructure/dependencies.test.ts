import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod/mini';
import { defineEvent } from '../../contracts/core/contract';
import { defineService } from '../../lambdas/runtime/declare/service';
import { BrokerStack } from '../../lib/broker/broker-stack';
import { ServiceStack, type ServiceStackProps } from '../../lib/broker/service-stack';
import { stageOf } from '../../lib/broker/stage';
import { ownApp } from './own-app';

const GoodsSold = defineEvent({ name: 'GoodsSold', owner: 'shop', version: 1, schema: z.object({ id: z.string() }) });
const billing = defineService('billing');

/** Two functions of billing that call the same external systems. */
class CallingStack extends ServiceStack {
  constructor(app: App, props: ServiceStackProps, dependencies?: string[]) {
    super(app, billing, props);
    this.subscribe(billing.subscription('send-invoice', { to: [GoodsSold], dependencies }));
    this.subscribe(billing.subscription('book-invoice', { to: [GoodsSold], dependencies }));
  }
}

function templateWith(dependencies?: string[]): Template {
  const app = ownApp();
  const stage = stageOf(app.node);
  const { broker } = new BrokerStack(app, { stage, contracts: [GoodsSold] });
  const code = join(__dirname, 'fixture');
  return Template.fromStack(new CallingStack(app, { stage, broker, code }, dependencies));
}

const tables = (template: Template) => Object.keys(template.findResources('AWS::DynamoDB::Table'));
const functions = (template: Template) =>
  Object.values(
    template.findResources('AWS::Lambda::Function', {
      Properties: { Environment: { Variables: { TABLE_DEPENDENCIES: Match.anyValue() } } },
    }),
  );

test('functions that declare a dependency share one table, and have access to it', () => {
  const template = templateWith(['carrier']);
  expect(functions(template)).toHaveLength(2);
  const names = functions(template).map(({ Properties }) => Properties.Environment.Variables.TABLE_DEPENDENCIES.Ref);
  expect(new Set(names).size).toBe(1);
  expect(tables(template)).toContain(names[0]);
  const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: object }[],
  );
  const usesIt = statements.filter(({ Resource }) => JSON.stringify(Resource).includes(names[0]));
  const writes = ['PartiQLInsert', 'PartiQLUpdate', 'PutItem', 'UpdateItem'];
  const each = ['BatchGetItem', 'GetItem', ...writes].map((action) => `dynamodb:${action}`);
  expect(usesIt.flatMap(({ Action }) => Action).sort()).toEqual([...each, ...each].sort());
});

test('each dependency has one alarm for its circuit and one for its shared state', () => {
  const template = templateWith(['carrier', 'map-service']);
  const Dimensions = (dependency: string) => [
    { Name: 'dependency', Value: dependency },
    { Name: 'service', Value: 'billing' },
    { Name: 'stage', Value: 'dev' },
  ];
  for (const dependency of ['carrier', 'map-service']) {
    const about = { Namespace: 'EventBroker', Dimensions: Dimensions(dependency) };
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { ...about, MetricName: 'CircuitOpen' }, 1);
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { ...about, MetricName: 'DependencyStateUnknown' }, 1);
  }
});

test('a service without dependencies has neither table nor alarms', () => {
  const template = templateWith();
  expect(functions(template)).toEqual([]);
  expect(tables(template)).toHaveLength(1);
});

test('refuses a name that is not kebab-case', () => {
  expect(() => templateWith(['The Carrier!'])).toThrow('must be kebab-case');
});
