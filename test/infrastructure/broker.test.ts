import type { EventContract } from '../../contracts/core/contract';
import { loadContracts } from '../../contracts/core/load-contracts';
import { everyStage, offenders, type Resource, referredTo, render, type SynthesisedApp, type Value } from './app';
import { type StageName, SYNTHESIS_TIMEOUT } from './synthesis';

interface Rule {
  readonly EventPattern: Pattern;
  readonly EventBusName: Value;
  readonly Targets: readonly { readonly Arn: Value }[];
}

type Matcher = string | { readonly 'anything-but': readonly string[] };

interface Pattern {
  readonly source: readonly Matcher[];
  readonly 'detail-type'?: readonly Matcher[];
}

let stages: Record<StageName, SynthesisedApp>;
let apps: SynthesisedApp[];
let contracts: EventContract[];
beforeAll(async () => {
  contracts = await loadContracts();
  stages = await everyStage();
  apps = Object.values(stages);
}, SYNTHESIS_TIMEOUT);

/** Rules without a target only count the events that match. */
const rules = (app: SynthesisedApp) =>
  app.resources<Rule>('AWS::Events::Rule').filter(({ properties }) => 'Targets' in properties);
const catchAll = (app: SynthesisedApp) => rules(app).filter(({ stack }) => stack === 'broker');

function matches({ source, 'detail-type': names }: Pattern, event: { source: string; name: string }): boolean {
  return isOneOf(source, event.source) && (names === undefined || isOneOf(names, event.name));
}

function isOneOf(matchers: readonly Matcher[], value: string): boolean {
  return matchers.some((one) => (typeof one === 'string' ? one === value : !one['anything-but'].includes(value)));
}

describe('the bus', () => {
  test('is not the default bus, and is named after its stack', () => {
    for (const app of apps) {
      const [bus] = app.resources<{ Name: Value }>('AWS::Events::EventBus');
      expect(bus?.properties.Name).toEqual({ Ref: 'AWS::StackName' });
    }
  });

  test('archives everything for 7 days, except in stage local', () => {
    for (const { resources } of [stages.dev, stages.prod].map((app) => ({
      resources: app.resources('AWS::Events::Archive'),
    }))) {
      expect(resources.map(({ properties }) => properties)).toEqual([
        expect.objectContaining({
          ArchiveName: expect.stringMatching(/^.{1,48}$/),
          RetentionDays: 7,
          EventPattern: { account: [{ Ref: 'AWS::AccountId' }] },
        }),
      ]);
    }
    expect(stages.local.resources('AWS::Events::Archive')).toEqual([]);
  });

  test('publishes its ARN, its manifest and the alarm topic as parameters', () => {
    for (const app of apps) {
      const [bus] = app.resources('AWS::Events::EventBus');
      const [topic] = app.resources('AWS::SNS::Topic', 'broker');
      expect(app.parameter(`/event-broker/${app.stage}/broker/bus`)).toBe(`<${bus?.id}>`);
      expect(app.parameter(`/event-broker/${app.stage}/broker/alarm-topic`)).toBe(`<${topic?.id}>`);
      const { bus: described, deadLetterQueue, archive } = app.brokerManifest;
      expect(described).toEqual({ name: `<${bus?.id}>`, arn: `<${bus?.id}>` });
      expect(app.resources('AWS::SQS::Queue', 'broker').map(({ id }) => `<${id}>`)).toEqual([deadLetterQueue]);
      expect(archive !== undefined).toBe(app.stage !== 'local');
    }
  });
});

describe('an event that matches no contract becomes a dead letter', () => {
  const caught = (app: SynthesisedApp, event: { source: string; name: string }) =>
    catchAll(app).filter(({ properties }) => matches(properties.EventPattern, event)).length;

  test('if its source is no service', () => {
    for (const app of apps) expect(caught(app, { source: 'somebody', name: 'OrderCreated' })).toBe(1);
  });

  test('if its source publishes no event of this name', () => {
    for (const { owner: source, name } of contracts.filter(({ channel }) => channel === 'bus')) {
      for (const app of apps) expect(caught(app, { source, name: `${name}d` })).toBe(1);
    }
  });

  test('unless a contract matches', () => {
    const onTheBus = contracts.filter(({ channel }) => channel === 'bus');
    expect(onTheBus.length).toBeGreaterThan(0);
    for (const app of apps) {
      const wrong = onTheBus.filter(({ owner, name }) => caught(app, { source: owner, name }) > 0);
      expect(wrong.map(({ name }) => name)).toEqual([]);
    }
  });

  test('with its original body', () => {
    const isTransformed = ({ properties }: Resource<Rule>) =>
      properties.Targets.some((target) => Object.keys(target).some((key) => key.startsWith('Input')));
    expect(offenders(apps, rules, isTransformed)).toEqual([]);
  });
});

describe('every rule', () => {
  test('is on the bus of the stage, never on the default bus', () => {
    const isElsewhere = ({ properties: { EventBusName: name } }: Resource<Rule>) =>
      referredTo(name) === undefined && !JSON.stringify(name ?? '').includes('brokerbus');
    expect(offenders(apps, rules, isElsewhere)).toEqual([]);
  });

  test('has a pattern of at most 2,048 characters, the limit of EventBridge', () => {
    expect(offenders(apps, rules, ({ properties }) => JSON.stringify(properties.EventPattern).length > 2_048)).toEqual(
      [],
    );
  });

  test('of a subscription matches exactly the contracts in its manifest', () => {
    for (const app of apps) {
      for (const service of app.services) {
        for (const { queue, to, name } of app.manifest(service).subscriptions) {
          const patterns = rules(app)
            .filter(
              ({ stack, properties }) =>
                stack === service && properties.Targets.some(({ Arn }) => render(Arn) === queue),
            )
            .map(({ properties }) => properties.EventPattern);
          const received = contracts
            .filter(({ owner: source, name }) => patterns.some((pattern) => matches(pattern, { source, name })))
            .map(({ owner, name }) => `${owner}.${name}`);
          const onTheBus = contracts.filter(({ channel }) => channel === 'bus');
          const expected = to.filter((one) => onTheBus.some(({ owner, name }) => one === `${owner}.${name}`));
          expect({ name, received: received.sort() }).toEqual({ name, received: [...expected].sort() });
          expect(patterns.every(({ source }) => source.length === 1)).toBe(true);
        }
      }
    }
  });
});

test('every topic is encrypted and requires TLS', () => {
  const topics = (app: SynthesisedApp) => app.resources<{ KmsMasterKeyId?: Value }>('AWS::SNS::Topic');
  expect(offenders(apps, topics, ({ properties }) => properties.KmsMasterKeyId === undefined)).toEqual([]);
  const refuses = (topic: Resource, app: SynthesisedApp) =>
    app
      .resources<{ Topics: Value[]; PolicyDocument: Value }>('AWS::SNS::TopicPolicy', topic.stack)
      .filter(({ properties }) => properties.Topics.some((one) => referredTo(one) === topic.id))
      .some(({ properties }) => JSON.stringify(properties.PolicyDocument).includes('{"aws:SecureTransport":"false"}'));
  expect(
    offenders(
      apps,
      (app) => app.resources('AWS::SNS::Topic'),
      (topic, app) => !refuses(topic, app),
    ),
  ).toEqual([]);
});
