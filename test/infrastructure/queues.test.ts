import { everyStage, offenders, type Resource, referredTo, type SynthesisedApp, type Value } from './app';
import { SYNTHESIS_TIMEOUT } from './synthesis';

interface Queue {
  readonly MessageRetentionPeriod?: number;
  readonly MaximumMessageSize?: number;
  readonly SqsManagedSseEnabled?: boolean;
  readonly VisibilityTimeout?: number;
  readonly RedrivePolicy?: { readonly deadLetterTargetArn: Value; readonly maxReceiveCount: number };
}

interface Mapping {
  readonly EventSourceArn: Value;
  readonly FunctionName: Value;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination: Value } };
}

interface Target {
  readonly Arn: Value;
  readonly DeadLetterConfig?: { readonly Arn: Value };
}

const DAY = 24 * 60 * 60;

let apps: SynthesisedApp[];
beforeAll(async () => {
  apps = Object.values(await everyStage());
}, SYNTHESIS_TIMEOUT);

const queues = (app: SynthesisedApp) => app.resources<Queue>('AWS::SQS::Queue');
const isDeadLetterQueue = ({ properties }: Resource<Queue>) => properties.RedrivePolicy === undefined;
const sources = (app: SynthesisedApp) => queues(app).filter((queue) => !isDeadLetterQueue(queue));
/** Rules without a target only count the events that match. */
const rules = (app: SynthesisedApp) =>
  app.resources<{ Targets: Target[] }>('AWS::Events::Rule').filter(({ properties }) => 'Targets' in properties);
const mappings = (app: SynthesisedApp) => app.resources<Mapping>('AWS::Lambda::EventSourceMapping');

/** Returns the dead-letter queue that a value refers to. Undefined if it is another resource. */
function deadLetterQueue(app: SynthesisedApp, from: { readonly stack: string }, value: unknown) {
  const queue = app.target(from, value) as Resource<Queue> | undefined;
  return queue?.type === 'AWS::SQS::Queue' && isDeadLetterQueue(queue) ? queue : undefined;
}

describe('every queue', () => {
  test('is encrypted at rest', () => {
    expect(offenders(apps, queues, ({ properties }) => properties.SqsManagedSseEnabled !== true)).toEqual([]);
  });

  test('requires TLS', () => {
    const refuses = ({ id, stack }: Resource<Queue>, app: SynthesisedApp) =>
      app
        .resources<{ Queues: Value[]; PolicyDocument: { Statement: Value[] } }>('AWS::SQS::QueuePolicy', stack)
        .filter(({ properties }) => properties.Queues.some((queue) => referredTo(queue) === id))
        .flatMap(({ properties }) => properties.PolicyDocument.Statement)
        .some((statement) => {
          const { Effect, Action, Principal, Condition } = statement as Record<string, unknown>;
          return (
            Effect === 'Deny' &&
            Action === 'sqs:*' &&
            JSON.stringify(Principal) === '{"AWS":"*"}' &&
            JSON.stringify(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}'
          );
        });
    expect(offenders(apps, queues, (queue, app) => !refuses(queue, app))).toEqual([]);
  });

  test('sets its message size, because an update would reset it to 256 KB', () => {
    expect(offenders(apps, queues, ({ properties }) => properties.MaximumMessageSize !== 1024 * 1024)).toEqual([]);
  });

  test('has a policy of at most 20 statements, the limit of SQS', () => {
    const policies = (app: SynthesisedApp) =>
      app.resources<{ PolicyDocument: { Statement: Value[] } }>('AWS::SQS::QueuePolicy');
    expect(offenders(apps, policies, ({ properties }) => properties.PolicyDocument.Statement.length > 20)).toEqual([]);
  });
});

describe('every queue except dead-letter queues', () => {
  test('has a dead-letter queue in its own stack', () => {
    const hasNone = (queue: Resource<Queue>, app: SynthesisedApp) =>
      !deadLetterQueue(app, queue, queue.properties.RedrivePolicy?.deadLetterTargetArn);
    expect(offenders(apps, sources, hasNone)).toEqual([]);
  });

  test('is consumed by a function, and all other queues are dead-letter queues', () => {
    for (const app of apps) {
      const read = mappings(app)
        .map((mapping) => app.target(mapping, mapping.properties.EventSourceArn))
        .filter((source) => source?.type === 'AWS::SQS::Queue')
        .map((source) => source?.name);
      expect(read.sort()).toEqual(
        sources(app)
          .map(({ name }) => name)
          .sort(),
      );
    }
  });

  test('keeps messages for 4 days, and its dead-letter queue for 14 days', () => {
    expect(offenders(apps, sources, ({ properties }) => properties.MessageRetentionPeriod !== 4 * DAY)).toEqual([]);
    const dead = (app: SynthesisedApp) => queues(app).filter(isDeadLetterQueue);
    expect(offenders(apps, dead, ({ properties }) => properties.MessageRetentionPeriod !== 14 * DAY)).toEqual([]);
  });

  test('has a visibility timeout of at least six times its function’s timeout, and its batching window', () => {
    const tooShort = (mapping: Resource<Mapping>, app: SynthesisedApp) => {
      const queue = app.target(mapping, mapping.properties.EventSourceArn) as Resource<Queue>;
      const { properties } = app.target(mapping, mapping.properties.FunctionName) as Resource<{ Timeout: number }>;
      const { MaximumBatchingWindowInSeconds: window = 0 } = mapping.properties;
      const least = 6 * properties.Timeout + window;
      return queue.type === 'AWS::SQS::Queue' && (queue.properties.VisibilityTimeout ?? 30) < least;
    };
    expect(offenders(apps, mappings, tooShort)).toEqual([]);
  });

  test('has the same number of attempts as its function', () => {
    for (const app of apps) {
      for (const mapping of mappings(app)) {
        const queue = app.target(mapping, mapping.properties.EventSourceArn) as Resource<Queue>;
        const fn = app.target(mapping, mapping.properties.FunctionName) as Resource<{
          Environment: { Variables: Record<string, Value> };
        }>;
        // The journal's function does not park messages.
        if (queue.type !== 'AWS::SQS::Queue' || mapping.stack === 'journal') continue;
        expect(String(queue.properties.RedrivePolicy?.maxReceiveCount)).toBe(
          fn.properties.Environment.Variables.ATTEMPTS,
        );
      }
    }
  });
});

test('every queue is in a manifest, so that operators find it', () => {
  for (const app of apps) {
    const known = [
      app.brokerManifest.deadLetterQueue,
      ...(app.journalManifest ? [app.journalManifest.queue, app.journalManifest.deadLetterQueue] : []),
      ...app.services.flatMap((service) => {
        const { relay, subscriptions, schedules = [] } = app.manifest(service);
        const ofSubscriptions = subscriptions.flatMap(({ queue, deadLetterQueue: dead }) => [queue, dead]);
        return [relay.deadLetterQueue, ...ofSubscriptions, ...schedules.map((schedule) => schedule.deadLetterQueue)];
      }),
    ];
    expect(known.sort()).toEqual(
      queues(app)
        .map(({ id }) => `<${id}>`)
        .sort(),
    );
  }
});

describe('every event source mapping of a queue', () => {
  const ofQueues = (app: SynthesisedApp) =>
    mappings(app).filter((one) => app.target(one, one.properties.EventSourceArn)?.type === 'AWS::SQS::Queue');

  test('has a concurrency cap and partial batch responses', () => {
    expect(apps.every((app) => ofQueues(app).length > 0)).toBe(true);
    expect(offenders(apps, ofQueues, ({ properties }) => !properties.ScalingConfig?.MaximumConcurrency)).toEqual([]);
    expect(
      offenders(
        apps,
        ofQueues,
        ({ properties }) => properties.FunctionResponseTypes?.[0] !== 'ReportBatchItemFailures',
      ),
    ).toEqual([]);
    const isLarge = ({ stack, properties }: Resource<Mapping>) => properties.BatchSize !== 10 && stack !== 'journal';
    expect(offenders(apps, ofQueues, isLarge)).toEqual([]);
  });

  test('uses no reserved concurrency, because throttled messages would use up their receives', () => {
    const functions = (app: SynthesisedApp) => app.resources<Record<string, Value>>('AWS::Lambda::Function');
    expect(offenders(apps, functions, ({ properties }) => 'ReservedConcurrentExecutions' in properties)).toEqual([]);
  });
});

describe('a dead-letter queue receives what cannot be delivered', () => {
  test('by every target of a rule', () => {
    expect(apps.every((app) => rules(app).length > 0)).toBe(true);
    const lacks = (rule: Resource<{ Targets: Target[] }>, app: SynthesisedApp) =>
      rule.properties.Targets.some((target) => !deadLetterQueue(app, rule, target.DeadLetterConfig?.Arn));
    expect(offenders(apps, rules, lacks)).toEqual([]);
  });

  test('by every event source mapping of a stream', () => {
    const streams = (app: SynthesisedApp) =>
      mappings(app).filter((one) => app.target(one, one.properties.EventSourceArn)?.type === 'AWS::DynamoDB::Table');
    expect(apps.every((app) => streams(app).length > 0)).toBe(true);
    const lacks = (one: Resource<Mapping>, app: SynthesisedApp) =>
      !deadLetterQueue(app, one, one.properties.DestinationConfig?.OnFailure?.Destination);
    expect(offenders(apps, streams, lacks)).toEqual([]);
  });

  test('by every schedule', () => {
    const schedules = (app: SynthesisedApp) => app.resources<{ Target: Target }>('AWS::Scheduler::Schedule');
    const lacks = (one: Resource<{ Target: Target }>, app: SynthesisedApp) =>
      !deadLetterQueue(app, one, one.properties.Target.DeadLetterConfig?.Arn);
    expect(offenders(apps, schedules, lacks)).toEqual([]);
  });

  test('by every direct subscription', () => {
    const subscriptions = (app: SynthesisedApp) =>
      app.resources<{ RedrivePolicy?: { deadLetterTargetArn: Value } }>('AWS::SNS::Subscription');
    const lacks = (one: Resource<{ RedrivePolicy?: { deadLetterTargetArn: Value } }>, app: SynthesisedApp) =>
      !deadLetterQueue(app, one, one.properties.RedrivePolicy?.deadLetterTargetArn);
    expect(offenders(apps, subscriptions, lacks)).toEqual([]);
  });

  test('and allows EventBridge to send to it', () => {
    const isRefused = (rule: Resource<{ Targets: Target[] }>, app: SynthesisedApp) =>
      rule.properties.Targets.flatMap(({ Arn, DeadLetterConfig }) => [Arn, DeadLetterConfig?.Arn]).some(
        (arn) => !accepts(app, rule, referredTo(arn)),
      );
    expect(offenders(apps, rules, isRefused)).toEqual([]);
    const buses = (app: SynthesisedApp) => app.resources<{ DeadLetterConfig: { Arn: Value } }>('AWS::Events::EventBus');
    expect(
      offenders(apps, buses, (bus, app) => !accepts(app, bus, referredTo(bus.properties.DeadLetterConfig.Arn))),
    ).toEqual([]);
  });
});

/** Whether a queue's policy allows EventBridge to send for a rule or bus. */
function accepts(
  app: SynthesisedApp,
  source: { readonly id: string; readonly stack: string },
  queue?: string,
): boolean {
  return app
    .resources<{ Queues: Value[]; PolicyDocument: { Statement: unknown[] } }>('AWS::SQS::QueuePolicy', source.stack)
    .filter(({ properties }) => properties.Queues.some((one) => referredTo(one) === queue))
    .flatMap(({ properties }) => properties.PolicyDocument.Statement)
    .some((statement) => {
      const { Effect, Action, Principal, Condition } = statement as {
        Effect: string;
        Action: string | string[];
        Principal: unknown;
        Condition?: { ArnEquals?: { 'aws:SourceArn': Value } };
      };
      const sources = [Condition?.ArnEquals?.['aws:SourceArn']].flat();
      return (
        Effect === 'Allow' &&
        [Action].flat().includes('sqs:SendMessage') &&
        JSON.stringify(Principal) === '{"Service":"events.amazonaws.com"}' &&
        sources.some((one) => referredTo(one) === source.id)
      );
    });
}
