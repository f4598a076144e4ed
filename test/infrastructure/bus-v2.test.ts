import { Match, Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod/mini';
import { defineEvent } from '../../contracts/core/contract';
import { defineService } from '../../lambdas/runtime/declare/service';
import { BrokerStack } from '../../lib/broker/broker-stack';
import type { BusKind } from '../../lib/broker/channels/bus';
import { JournalStack } from '../../lib/broker/journal/journal-stack';
import { ServiceStack, type ServiceStackProps } from '../../lib/broker/service-stack';
import { stageOf } from '../../lib/broker/stage';
import { ownApp } from './own-app';

const schema = z.object({ id: z.string() });
const GoodsSold = defineEvent({ name: 'GoodsSold', owner: 'shop', version: 1, schema });
const GoodsReturned = defineEvent({ name: 'GoodsReturned', owner: 'shop', version: 1, schema, fairBy: 'id' });
const InvoiceSent = defineEvent({ name: 'InvoiceSent', owner: 'billing', version: 1, schema, audience: 'external' });
const contracts = [GoodsSold, GoodsReturned, InvoiceSent];

const billingService = defineService('billing');
const sendInvoice = billingService.subscription('send-invoice', {
  to: [GoodsSold, GoodsReturned],
  emits: [InvoiceSent],
});

class BillingStack extends ServiceStack {
  constructor(props: ServiceStackProps & { readonly app: ReturnType<typeof ownApp> }) {
    super(props.app, billingService, props);
    this.subscribe(sendInvoice);
  }
}

/** The templates of an app. */
function synthesise({ bus, context = {} }: { bus?: BusKind; context?: Record<string, string> }) {
  const app = ownApp(context);
  const stage = stageOf(app.node);
  const flow = { starts: [GoodsSold], ends: [InvoiceSent] };
  const brokerStack = new BrokerStack(app, { stage, contracts, bus, flow });
  const { broker } = brokerStack;
  const code = `${__dirname}/fixture`;
  const billing = new BillingStack({ app, stage, broker, code });
  const journal = new JournalStack(app, { stage, broker });
  return {
    broker: Template.fromStack(brokerStack),
    billing: Template.fromStack(billing),
    journal: Template.fromStack(journal),
  };
}

type Found = Record<string, { Properties: Record<string, unknown>; DependsOn?: string[]; DeletionPolicy?: string }>;
const subscribers = (template: Template) => template.findResources('AWS::EventsV2::Subscriber') as Found;
const patterns = (template: Template) =>
  Object.values(subscribers(template)).map(({ Properties }) => {
    const { Filters } = Properties.FilterConfiguration as { Filters: { Scope: string; Pattern: string }[] };
    return Filters.map(({ Scope, Pattern }) => ({ [Scope]: JSON.parse(Pattern) }));
  });

describe('an app with a Custom Event Bus', () => {
  let app: ReturnType<typeof synthesise>;
  beforeAll(() => {
    app = synthesise({ bus: 'v2', context: { stage: 'prod' } });
  });

  it('has a bus that is named after its stack and retains events for 7 days', () => {
    app.broker.resourceCountIs('AWS::EventsV2::EventBus', 1);
    app.broker.hasResource('AWS::EventsV2::EventBus', {
      Properties: { Name: { Ref: 'AWS::StackName' }, StorageConfiguration: { RetentionPeriodInDays: 7 } },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
  });

  it('has nothing of the classic bus', () => {
    for (const template of Object.values(app))
      expect(JSON.stringify(template.toJSON())).not.toContain('"AWS::Events::');
  });

  it('publishes the ARN of the bus, which says which API it has', () => {
    const [id] = Object.keys(app.broker.findResources('AWS::EventsV2::EventBus'));
    app.broker.hasResourceProperties('AWS::SSM::Parameter', {
      Name: '/event-broker/prod/broker/bus',
      Value: { 'Fn::GetAtt': [id, 'EventBusArn'] },
    });
  });

  it('delivers the same events as rules: to subscriptions, to the journal, and unknown ones to the dead-letter queue', () => {
    expect(patterns(app.billing)).toEqual([
      [{ DATA: { source: ['shop'], 'detail-type': ['GoodsSold'] } }],
      [{ DATA: { source: ['shop'], 'detail-type': ['GoodsReturned'] } }],
    ]);
    expect(patterns(app.journal)).toEqual([[{ DATA: { source: [{ prefix: '' }] } }]]);
    expect(patterns(app.broker)).toEqual([
      [{ DATA: { source: [{ 'anything-but': ['billing', 'shop'] }] } }],
      [{ DATA: { source: ['billing'], 'detail-type': [{ 'anything-but': ['InvoiceSent'] }] } }],
      [{ DATA: { source: ['shop'], 'detail-type': [{ 'anything-but': ['GoodsReturned', 'GoodsSold'] }] } }],
    ]);
  });

  it('delivers the envelope of the classic bus, retries for 24 hours, and keeps what failed', () => {
    for (const { Properties } of Object.values(app).flatMap((template) => Object.values(subscribers(template)))) {
      expect(Properties).toMatchObject({
        Type: 'UNORDERED',
        StartingPosition: 'LATEST',
        Transformer: { Type: 'RAW' },
        RetryPolicy: { MaxRetryAttempts: 185, MaxEventAgeInSeconds: 86_400 },
        OnFailureConfiguration: { Arn: expect.anything() },
      });
    }
  });

  it('takes the message groups of fair events from their data', () => {
    const groups = Object.values(subscribers(app.billing)).map(
      ({ Properties }) => (Properties.InvokeConfiguration as { SqsParameters?: object }).SqsParameters,
    );
    expect(groups).toEqual([undefined, { MessageGroupId: '{% $events.Data.detail.data.id %}' }]);
  });

  it('delivers with a role that can only send to the queue and its dead-letter queue', () => {
    const [
      {
        Properties: { InvokeConfiguration, OnFailureConfiguration },
      } = { Properties: {} },
    ] = Object.values(subscribers(app.billing));
    const { TargetArn, RoleArn } = InvokeConfiguration as { TargetArn: unknown; RoleArn: { 'Fn::GetAtt': string[] } };
    const { Arn } = OnFailureConfiguration as { Arn: unknown };
    const [role] = RoleArn['Fn::GetAtt'];
    app.billing.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: role }],
      PolicyDocument: {
        Statement: [TargetArn, Arn].map((Resource) => ({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource })),
        Version: '2012-10-17',
      },
    });
    app.billing.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'events.amazonaws.com' } }],
        Version: '2012-10-17',
      },
    });
  });

  it('creates the subscribers of a stack one after the other, with names of their own', () => {
    for (const template of Object.values(app)) {
      const all = Object.entries(subscribers(template));
      expect(new Set(all.map(([, { Properties }]) => Properties.Name)).size).toBe(all.length);
      const chained = all.filter(([, { DependsOn = [] }]) => DependsOn.some((id) => all.some(([one]) => one === id)));
      expect(chained).toHaveLength(all.length - 1);
    }
  });

  it('lets a relay publish only the events of its service, on this bus', () => {
    app.billing.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'events:PutEvents',
            Condition: {
              'ForAllValues:StringEquals': { 'events:source': 'billing', 'events:detail-type': ['InvoiceSent'] },
              Null: { 'events:source': 'false', 'events:detail-type': 'false' },
            },
          }),
        ]),
      },
    });
  });

  it('has no alarm "not flowing", because only deliveries are counted', () => {
    app.broker.resourceCountIs('AWS::CloudWatch::CompositeAlarm', 0);
  });
});

describe('the kind of bus', () => {
  const isV2 = ({ broker }: ReturnType<typeof synthesise>) =>
    Object.keys(broker.findResources('AWS::EventsV2::EventBus')).length === 1;

  it.each([
    ['classic by default', {}, false],
    ['the context says', { bus: 'v2' }, true],
    ['classic in stage local, because no emulator has the other', { bus: 'v2', stage: 'local' }, false],
  ])('is %s', (_, context, expected) => {
    expect(isV2(synthesise({ context: context as Record<string, string> }))).toBe(expected);
  });

  it('must be one that exists', () => {
    expect(() => synthesise({ context: { bus: 'v3' } })).toThrow(
      'The bus "v3" is not valid: use -c bus=classic or -c bus=v2.',
    );
  });
});
