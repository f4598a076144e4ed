import { join } from 'node:path';
import { type App, Duration, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod/mini';
import { defineEvent } from '../../contracts/core/contract';
import { BrokerStack } from '../../lib/broker/broker-stack';
import {
  type EndpointOptions,
  ServiceStack,
  type ServiceStackProps,
  type ServiceTable,
  type UsesTables,
} from '../../lib/broker/service-stack';
import { stageOf } from '../../lib/broker/stage';
import type { SubscriptionOptions } from '../../lib/broker/subscription';
import type { TableOptions } from '../../lib/broker/tables/data-table';
import { ownApp } from './own-app';

// The first stack bundles the relay, on a machine that has other things to do.
jest.setTimeout(60_000);

const schema = z.object({ id: z.string() });
const GoodsSold = defineEvent({ name: 'GoodsSold', owner: 'shop', version: 1, schema });
const InvoiceSent = defineEvent({ name: 'InvoiceSent', owner: 'billing', version: 1, schema });
const InvoiceBooked = defineEvent({ name: 'InvoiceBooked', owner: 'billing', version: 1, channel: 'topic', schema });
const InvoiceDue = defineEvent({ name: 'InvoiceDue', owner: 'billing', version: 1, channel: 'reminder', schema });
const ShopCloses = defineEvent({ name: 'ShopCloses', owner: 'shop', version: 1, channel: 'reminder', schema });
const ShopAudited = defineEvent({ name: 'ShopAudited', owner: 'shop', version: 1, channel: 'topic', schema });
const contracts = [GoodsSold, InvoiceSent, InvoiceBooked, InvoiceDue, ShopCloses, ShopAudited];

/** A service of the test's own making, which declares what it is told to. */
class BillingStack extends ServiceStack {
  constructor(scope: App, props: ServiceStackProps, declare: (stack: BillingStack) => void) {
    super(scope, 'billing', props);
    declare(this);
  }

  override table(name: string, options: TableOptions): ServiceTable {
    return super.table(name, options);
  }

  override subscribe(name: string, options: SubscriptionOptions & UsesTables): void {
    super.subscribe(name, options);
  }

  override endpoint(name: string, route: string, options: EndpointOptions = {}): void {
    super.endpoint(name, route, options);
  }

  override onDeploy(name: string, options: { readonly version?: string } = {}): void {
    super.onDeploy(name, options);
  }
}

function billing(
  declare: (stack: BillingStack) => void,
  { context = {}, ...props }: Partial<ServiceStackProps> & { context?: Record<string, string> } = {},
): BillingStack {
  const app = ownApp(context);
  const stage = stageOf(app.node);
  const { broker } = new BrokerStack(app, { stage, contracts });
  return new BillingStack(app, { stage, broker, code: join(__dirname, 'fixture'), ...props }, declare);
}

const template = (...args: Parameters<typeof billing>) => Template.fromStack(billing(...args));

describe('a service cannot be written down that', () => {
  test('publishes what another one owns', () => {
    const declare = (stack: BillingStack) => stack.subscribe('send-invoice', { to: [GoodsSold], emits: [GoodsSold] });
    expect(() => billing(declare)).toThrow('billing.send-invoice cannot publish GoodsSold: it is owned by shop.');
  });

  test('talks by a contract that the bus does not know', () => {
    const Secret = defineEvent({ name: 'SecretShared', owner: 'billing', version: 1, schema });
    const publish = (stack: BillingStack) => stack.subscribe('send-invoice', { to: [GoodsSold], emits: [Secret] });
    const receive = (stack: BillingStack) => stack.subscribe('send-invoice', { to: [Secret] });
    for (const declare of [publish, receive]) {
      expect(() => billing(declare)).toThrow('SecretShared of billing is not known to the bus');
    }
  });

  test('has no code for a subscription', () => {
    expect(() => billing((stack) => stack.subscribe('send-reminder', { to: [GoodsSold] }))).toThrow(
      'There is no test/infrastructure/fixture/billing/send-reminder.ts',
    );
  });

  test('has code without a handler', () => {
    expect(() => billing((stack) => stack.subscribe('not-a-handler', { to: [GoodsSold] }))).toThrow(
      'test/infrastructure/fixture/billing/not-a-handler.ts exports no handler',
    );
  });

  test('forgets a message before its last copy can arrive', () => {
    expect(() => billing(() => {}, { idempotencyWindow: Duration.days(25) })).toThrow(
      'billing: the idempotency window of 25 days must exceed 25 days',
    );
    expect(() => billing(() => {}, { idempotencyWindow: Duration.days(26) })).not.toThrow();
  });

  test('receives another one’s reminder, or its own twice', () => {
    expect(() => billing((stack) => stack.subscribe('send-invoice', { to: [ShopCloses] }))).toThrow(
      'billing.send-invoice cannot receive ShopCloses: reminders come back to shop.',
    );
    const twice = (stack: BillingStack) => {
      for (const name of ['send-invoice', 'book-invoice']) stack.subscribe(name, { to: [InvoiceDue] });
    };
    expect(() => billing(twice)).toThrow('InvoiceDue has a subscription already: a reminder wakes only one.');
  });

  test('subscribes to a topic before there is one', () => {
    expect(() => billing((stack) => stack.subscribe('send-invoice', { to: [ShopAudited] }))).toThrow(
      'Nobody publishes ShopAudited yet: in bin/app.ts, put shop before its subscribers.',
    );
  });

  test('has a route that is none', () => {
    for (const route of ['/invoices', 'FETCH /invoices', 'GET invoices']) {
      expect(() => billing((stack) => stack.endpoint('send-invoice', route))).toThrow(`"${route}" is not a route`);
    }
  });

  test('is for a stage that does not exist', () => {
    expect(() => billing(() => {}, { context: { stage: 'production' } })).toThrow(
      'There is no stage "production": use -c stage=local, -c stage=dev, -c stage=prod.',
    );
  });
});

test('the stage is dev, unless the context says another', () => {
  expect(billing(() => {}).stackName).toBe('event-broker-dev-billing');
  expect(billing(() => {}, { context: { stage: 'prod' } }).stackName).toBe('event-broker-prod-billing');
});

describe('a subscription', () => {
  test('can be set in every respect, and tells its function', () => {
    const found = template((stack) =>
      stack.subscribe('send-invoice', {
        to: [GoodsSold],
        maxConcurrency: 3,
        attempts: 5,
        backoff: { base: Duration.seconds(10), cap: Duration.minutes(2) },
        timeout: Duration.seconds(20),
        memorySize: 1024,
      }),
    );
    found.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 3 } });
    found.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 120,
      RedrivePolicy: Match.objectLike({ maxReceiveCount: 5 }),
    });
    found.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 20,
      MemorySize: 1024,
      Environment: {
        Variables: Match.objectLike({
          ATTEMPTS: '5',
          BACKOFF_BASE_SECONDS: '10',
          BACKOFF_CAP_SECONDS: '120',
          EMITS: '',
        }),
      },
    });
  });

  test('has one rule for each owner, so that no other pair of source and name matches', () => {
    const found = template((stack) => stack.subscribe('send-invoice', { to: [GoodsSold, InvoiceSent] }));
    found.resourceCountIs('AWS::Events::Rule', 2);
    found.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['shop'], 'detail-type': ['GoodsSold'] },
    });
    found.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['billing'], 'detail-type': ['InvoiceSent'] },
    });
  });
});

test('a relay may publish nothing on the bus until its service declares an event of the bus', () => {
  const puts = (found: Template) => JSON.stringify(found.toJSON()).includes('events:PutEvents');
  expect(puts(template((stack) => stack.subscribe('send-invoice', { to: [GoodsSold], emits: [InvoiceBooked] })))).toBe(
    false,
  );
  expect(puts(template((stack) => stack.subscribe('send-invoice', { to: [GoodsSold], emits: [InvoiceSent] })))).toBe(
    true,
  );
});

test('a table can have a sort key, a time to live and indexes, and only what is in order is queried', () => {
  const found = template((stack) => {
    const invoices = stack.table('invoices', {
      partitionKey: 'customer',
      sortKey: 'number',
      timeToLive: 'expiresAt',
      indexes: { 'by-day': { partitionKey: 'day', sortKey: 'number' } },
    });
    stack.endpoint('send-invoice', 'GET /invoices', { uses: [invoices], readOnly: true });
  });
  found.hasResourceProperties('AWS::DynamoDB::Table', {
    KeySchema: [
      { AttributeName: 'customer', KeyType: 'HASH' },
      { AttributeName: 'number', KeyType: 'RANGE' },
    ],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    GlobalSecondaryIndexes: [Match.objectLike({ IndexName: 'by-day' })],
  });
  const statements = Object.values(found.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[],
  );
  const queried = statements.filter(({ Action }) => [Action].flat().includes('dynamodb:Query'));
  expect(JSON.stringify(queried)).toContain('/index/by-day');
});

test('a deployment’s task runs again when its code changes, or when it is told to', () => {
  const version = (name: string, options?: { version?: string }) => {
    const found = template((stack) => stack.onDeploy(name, options)).findResources(
      'AWS::CloudFormation::CustomResource',
    );
    return Object.values(found)[0]?.Properties.version as string;
  };
  expect(version('send-invoice')).toBe(version('send-invoice'));
  expect(version('send-invoice')).not.toBe(version('book-invoice'));
  expect(version('send-invoice', { version: '2' })).toBe('2');
});

describe('the HTTP API', () => {
  const api = (context: Record<string, string> = {}) =>
    template((stack) => stack.endpoint('send-invoice', 'POST /invoices', { emits: [InvoiceSent] }), { context });

  test('takes callers that sign with IAM', () => {
    api().hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'POST /invoices',
      AuthorizationType: 'AWS_IAM',
    });
  });

  test('takes callers with a JWT, where an issuer is configured', () => {
    const found = api({ jwtIssuer: 'https://issuer.example', jwtAudience: 'shop,app' });
    found.hasResourceProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'JWT' });
    found.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['shop', 'app'] },
    });
  });

  test('wants issuer and audience, or neither', () => {
    expect(() => api({ jwtIssuer: 'https://issuer.example' })).toThrow('JWT authorisation takes both');
    expect(() => api({ jwtAudience: 'shop' })).toThrow('JWT authorisation takes both');
  });

  test('is open in stage local alone, whatever is configured', () => {
    api({ stage: 'local' }).hasResourceProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'NONE' });
  });

  test('gives up waiting no sooner than its function', () => {
    const found = api();
    found.hasResourceProperties('AWS::ApiGatewayV2::Integration', { TimeoutInMillis: 29_000 });
    found.hasResourceProperties('AWS::Lambda::Function', { Description: 'billing: send-invoice', Timeout: 29 });
  });
});

test('nothing of one stack is used by another', () => {
  const stack = billing((one) => one.subscribe('send-invoice', { to: [GoodsSold], emits: [InvoiceSent] }));
  expect((stack as Stack).dependencies.map(({ stackName }) => stackName)).toEqual(['event-broker-dev-broker']);
});
