import { join } from 'node:path';
import { type App, Duration, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod/mini';
import { defineEvent } from '../../contracts/core/contract';
import type { Endpoint, Subscription, Task } from '../../lambdas/runtime/declare/declaration';
import { defineService } from '../../lambdas/runtime/declare/service';
import { BrokerStack } from '../../lib/broker/broker-stack';
import { ServiceStack, type ServiceStackProps } from '../../lib/broker/service-stack';
import { stageOf } from '../../lib/broker/stage';
import type { SubscriptionOptions } from '../../lib/broker/subscription';
import { ownApp } from './own-app';

const schema = z.object({ id: z.string() });
const external = { version: 1, schema, audience: 'external' } as const;
const GoodsSold = defineEvent({ ...external, name: 'GoodsSold', owner: 'shop' });
const GoodsReturned = defineEvent({ ...external, name: 'GoodsReturned', owner: 'shop', fairBy: 'id' });
const InvoiceSent = defineEvent({ ...external, name: 'InvoiceSent', owner: 'billing' });
const InvoicePaid = defineEvent({ name: 'InvoicePaid', owner: 'billing', version: 1, schema });
const InvoiceBooked = defineEvent({ ...external, name: 'InvoiceBooked', owner: 'billing', channel: 'topic' });
const InvoiceDue = defineEvent({ ...external, name: 'InvoiceDue', owner: 'billing', channel: 'reminder' });
const ShopCloses = defineEvent({ ...external, name: 'ShopCloses', owner: 'shop', channel: 'reminder' });
const ShopAudited = defineEvent({ ...external, name: 'ShopAudited', owner: 'shop', channel: 'topic' });
const contracts = [
  GoodsSold,
  GoodsReturned,
  InvoiceSent,
  InvoicePaid,
  InvoiceBooked,
  InvoiceDue,
  ShopCloses,
  ShopAudited,
];

const billingService = defineService('billing');
const sendInvoice = billingService.subscription('send-invoice', { to: [GoodsSold] });
const sendAndReport = billingService.subscription('send-invoice', { to: [GoodsSold], emits: [InvoiceSent] });
const postInvoice = billingService.endpoint('send-invoice', {
  route: 'POST /invoices',
  body: schema,
  emits: [InvoiceSent],
});

/** Creates the stack of the service billing, which declares what the test passes. */
class BillingStack extends ServiceStack {
  constructor(scope: App, props: ServiceStackProps, declare: (stack: BillingStack) => void) {
    super(scope, billingService, props);
    declare(this);
  }

  override subscribe(declaration: Subscription, options?: SubscriptionOptions): void {
    super.subscribe(declaration, options);
  }

  override endpoint(declaration: Endpoint): void {
    super.endpoint(declaration);
  }

  override onDeploy(declaration: Task, options: { readonly version?: string } = {}): void {
    super.onDeploy(declaration, options);
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

describe('a service fails at synthesis if it', () => {
  test('publishes an event of another service', () => {
    const options = { to: [GoodsSold], emits: [GoodsSold] };
    // @ts-expect-error: an event of another service does not compile
    expect(() => billingService.subscription('send-invoice', options)).toThrow(
      'billing.send-invoice cannot publish GoodsSold: it is owned by shop.',
    );
  });

  test('uses a table of another service', () => {
    const goods = defineService('shop').table('goods', { key: 'sku' }).of<{ sku: string }>();
    expect(() => billingService.subscription('send-invoice', { to: [GoodsSold], uses: [goods] })).toThrow(
      'billing.send-invoice cannot use goods: it belongs to shop. Services share only contracts.',
    );
  });

  test('uses a contract that the app does not export', () => {
    const Secret = defineEvent({ name: 'SecretShared', owner: 'billing', version: 1, schema });
    const publish = billingService.subscription('send-invoice', { to: [GoodsSold], emits: [Secret] });
    const receive = billingService.subscription('send-invoice', { to: [Secret] });
    for (const declaration of [publish, receive]) {
      expect(() => billing((stack) => stack.subscribe(declaration))).toThrow(
        "billing.SecretShared is not among the app's contracts",
      );
    }
  });

  test('runs a function that another service declares', () => {
    const restock = defineService('shop').subscription('restock', { to: [GoodsSold] });
    expect(() => billing((stack) => stack.subscribe(restock))).toThrow(
      'billing cannot run shop.restock: it is declared by shop.',
    );
  });

  test('has an inbox of two subscriptions that receive the same event', () => {
    const bills = billingService
      .table('bills', { key: 'sku', inboxOf: ['send-invoice', 'book-invoice'] })
      .of<{ sku: string }>();
    const declare = (stack: BillingStack) => {
      for (const name of ['send-invoice', 'book-invoice'])
        stack.subscribe(billingService.subscription(name, { to: [GoodsSold], uses: [bills] }));
    };
    expect(() => template(declare)).toThrow(
      'billing.bills is the inbox of send-invoice and book-invoice, which both receive shop.GoodsSold',
    );
  });

  test('publishes an event without a subscriber, unless its audience is external', () => {
    const pay = billingService.subscription('send-invoice', { to: [GoodsSold], emits: [InvoicePaid] });
    expect(() => template((stack) => stack.subscribe(pay))).toThrow(
      /billing\.send-invoice publishes InvoicePaid, which no service consumes: .*contracts\/billing\.ts/,
    );
    expect(() => template((stack) => stack.subscribe(sendAndReport))).not.toThrow();
  });

  test('consumes an event that nothing publishes', () => {
    const book = billingService.subscription('book-invoice', { to: [InvoicePaid] });
    const declare = (stack: BillingStack) => {
      stack.subscribe(sendAndReport);
      stack.subscribe(book);
    };
    expect(() => template(declare)).toThrow(
      'billing.book-invoice consumes InvoicePaid, which nothing publishes: add it to "emits" in lambdas/billing/service.ts.',
    );
  });

  test('has no handler file for a subscription', () => {
    const remind = billingService.subscription('send-reminder', { to: [GoodsSold] });
    expect(() => billing((stack) => stack.subscribe(remind))).toThrow(
      'There is no test/infrastructure/fixture/billing/send-reminder.ts',
    );
  });

  test('has a handler file that exports no handler', () => {
    const none = billingService.subscription('not-a-handler', { to: [GoodsSold] });
    expect(() => billing((stack) => stack.subscribe(none))).toThrow(
      'test/infrastructure/fixture/billing/not-a-handler.ts exports no handler',
    );
  });

  test('has an idempotency window that is shorter than the last copy can take', () => {
    expect(() => billing(() => {}, { idempotencyWindow: Duration.days(25) })).toThrow(
      'billing: the idempotency window of 25 days must exceed 25 days',
    );
    expect(() => billing(() => {}, { idempotencyWindow: Duration.days(26) })).not.toThrow();
  });

  test('subscribes to another service’s reminder, or twice to its own', () => {
    expect(() => billingService.subscription('send-invoice', { to: [ShopCloses] })).toThrow(
      'billing.send-invoice cannot receive ShopCloses: reminders return to shop.',
    );
    const twice = (stack: BillingStack) => {
      for (const name of ['send-invoice', 'book-invoice']) {
        stack.subscribe(billingService.subscription(name, { to: [InvoiceDue] }));
      }
    };
    expect(() => billing(twice)).toThrow(
      'InvoiceDue has a subscription already, and a reminder can have only one. Remove one of them.',
    );
  });

  test('subscribes to a topic before its owner’s stack is created', () => {
    const audit = billingService.subscription('send-invoice', { to: [ShopAudited] });
    expect(() => billing((stack) => stack.subscribe(audit))).toThrow(
      'No stack publishes ShopAudited yet: in bin/app.ts, create the stack of shop before its subscribers.',
    );
  });

  test('has an invalid route', () => {
    for (const route of ['/invoices', 'FETCH /invoices', 'GET invoices']) {
      expect(() => billingService.endpoint('send-invoice', { route })).toThrow(`"${route}" is not a route`);
    }
  });

  test('is created for a stage with an invalid name', () => {
    expect(() => billing(() => {}, { context: { stage: 'pr_1' } })).toThrow(
      'The stage "pr_1" is not valid: use a name of at most 28 lower-case letters',
    );
  });
});

test('the stage is dev unless the context names another', () => {
  expect(billing(() => {}).stackName).toBe('event-broker-dev-billing');
  expect(billing(() => {}, { context: { stage: 'prod' } }).stackName).toBe('event-broker-prod-billing');
});

describe('the rules of a subscription', () => {
  test('takes the message groups of fair events from their data, and has none for other events', () => {
    const rules = template((stack) =>
      stack.subscribe(billingService.subscription('send-invoice', { to: [GoodsSold, GoodsReturned] })),
    ).findResources('AWS::Events::Rule');
    const byName = Object.values(rules).map(({ Properties: { EventPattern, Targets } }) => [
      EventPattern['detail-type'],
      Targets.map((target: { SqsParameters?: object }) => target.SqsParameters),
    ]);
    expect(byName).toEqual([
      [['GoodsSold'], [undefined]],
      [['GoodsReturned'], [{ MessageGroupId: '$.detail.data.id' }]],
    ]);
  });

  test('passes its options to queue, function and mapping', () => {
    const found = template((stack) =>
      stack.subscribe(sendInvoice, {
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
        }),
      },
    });
  });

  test('has one rule for each owner, so that no other pair of source and name matches', () => {
    const found = template((stack) => {
      stack.subscribe(
        billingService.subscription('send-invoice', { to: [GoodsSold, InvoiceSent], emits: [InvoiceSent] }),
      );
    });
    found.resourceCountIs('AWS::Events::Rule', 2);
    found.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['shop'], 'detail-type': ['GoodsSold'] },
    });
    found.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['billing'], 'detail-type': ['InvoiceSent'] },
    });
  });
});

test('a relay has permission to publish on the bus only if its service declares an event of the bus', () => {
  const puts = (found: Template) => JSON.stringify(found.toJSON()).includes('events:PutEvents');
  expect(
    puts(
      template((stack) =>
        stack.subscribe(billingService.subscription('send-invoice', { to: [GoodsSold], emits: [InvoiceBooked] })),
      ),
    ),
  ).toBe(false);
  expect(puts(template((stack) => stack.subscribe(sendAndReport)))).toBe(true);
});

test('a table can have a sort key, a time to live and indexes, and functions can query only its indexes', () => {
  const found = template((stack) => {
    const invoices = billingService
      .table('invoices', {
        key: 'customer',
        sortKey: 'number',
        timeToLive: 'expiresAt',
        indexes: { 'by-day': { key: 'day', sortKey: 'number' } },
      })
      .of<{ customer: string; number: string }>();
    stack.endpoint(billingService.endpoint('send-invoice', { route: 'GET /invoices', uses: [invoices] }));
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

test('the events that the inbox of an endpoint keeps reach the relay, and the manifest names the inbox', () => {
  const bills = billingService.table('bills', { key: 'id', inboxOf: ['send-invoice'] }).of<{ id: string }>();
  const options = {
    route: 'POST /invoices',
    body: schema,
    uses: [bills],
    inbox: ({ id }: { id: string }) => bills(id),
  };
  const mappings = (emits: (typeof InvoiceSent)[]) =>
    template((stack) => stack.endpoint(billingService.endpoint('send-invoice', { ...options, emits })));
  const filter = { Pattern: Match.stringLikeRegexp('_recorded') };
  const recorded = { FilterCriteria: { Filters: [filter] }, BisectBatchOnFunctionError: true };
  const found = mappings([InvoiceSent]);
  found.hasResourceProperties('AWS::Lambda::EventSourceMapping', recorded);
  mappings([]).resourcePropertiesCountIs('AWS::Lambda::EventSourceMapping', recorded, 0);
  found.hasResourceProperties('AWS::SSM::Parameter', {
    Value: Match.objectLike({
      'Fn::Join': [
        '',
        Match.arrayWith([Match.stringLikeRegexp('"inbox":{"table":"bills","keys":\\["id"\\],"position":0}')]),
      ],
    }),
  });
});

test('a deploy task runs again when its code or its version changes', () => {
  const version = (name: string, options?: { version?: string }) => {
    const found = template((stack) => stack.onDeploy(billingService.deployTask(name), options)).findResources(
      'AWS::CloudFormation::CustomResource',
    );
    return Object.values(found)[0]?.Properties.version as string;
  };
  expect(version('send-invoice')).toBe(version('send-invoice'));
  expect(version('send-invoice')).not.toBe(version('book-invoice'));
  expect(version('send-invoice', { version: '2' })).toBe('2');
});

describe('a service with an HTTP door', () => {
  const context = { stage: 'local', httpDoor: 'http://127.0.0.1:4578' };
  const withEndpoint = (more: Record<string, string>) =>
    template((stack) => stack.endpoint(postInvoice), { context: more });

  test('deploys nothing of API Gateway, and has the URL of the door in its manifest', () => {
    const stack = withEndpoint(context);
    expect(JSON.stringify(stack.toJSON())).not.toContain('ApiGateway');
    expect(JSON.stringify(stack.toJSON())).toContain('http://127.0.0.1:4578/billing');
  });

  test('is in stage local only', () => {
    withEndpoint({ ...context, stage: 'dev' }).resourceCountIs('AWS::ApiGatewayV2::Api', 1);
  });
});

describe('the HTTP API', () => {
  const api = (context: Record<string, string> = {}) => template((stack) => stack.endpoint(postInvoice), { context });

  test('accepts callers that sign with IAM', () => {
    api().hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'POST /invoices',
      AuthorizationType: 'AWS_IAM',
    });
  });

  test('accepts callers with a JWT if an issuer is configured', () => {
    const found = api({ jwtIssuer: 'https://issuer.example', jwtAudience: 'shop,app' });
    found.hasResourceProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'JWT' });
    found.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['shop', 'app'] },
    });
  });

  test('requires issuer and audience, or neither', () => {
    expect(() => api({ jwtIssuer: 'https://issuer.example' })).toThrow('JWT authorisation needs both');
    expect(() => api({ jwtAudience: 'shop' })).toThrow('JWT authorisation needs both');
  });

  test('is open only in stage local, whatever is configured', () => {
    api({ stage: 'local' }).hasResourceProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'NONE' });
  });

  test('has an integration timeout that is not shorter than its function’s timeout', () => {
    const found = api();
    found.hasResourceProperties('AWS::ApiGatewayV2::Integration', { TimeoutInMillis: 29_000 });
    found.hasResourceProperties('AWS::Lambda::Function', { Description: 'billing: send-invoice', Timeout: 29 });
  });
});

test('no stack uses a resource of another', () => {
  const stack = billing((one) => one.subscribe(sendAndReport));
  expect((stack as Stack).dependencies.map(({ stackName }) => stackName)).toEqual(['event-broker-dev-broker']);
});
