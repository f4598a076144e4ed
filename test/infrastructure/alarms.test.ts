import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod/mini';
import { defineEvent, type EventDefinition } from '../../contracts/core/contract';
import { BrokerStack } from '../../lib/broker/broker-stack';
import { stageOf } from '../../lib/broker/stage';
import { everyStage, offenders, type Resource, referredTo, type SynthesisedApp, type Value } from './app';
import { ownApp } from './own-app';
import { ROOT, SYNTHESIS_TIMEOUT } from './synthesis';

interface Alarm {
  readonly AlarmDescription?: string;
  readonly AlarmActions?: readonly Value[];
  readonly MetricName: string;
  readonly Namespace: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: Value }[];
  readonly TreatMissingData?: string;
  readonly Metrics?: Value;
}

let apps: SynthesisedApp[];
beforeAll(async () => {
  apps = Object.values(await everyStage());
}, SYNTHESIS_TIMEOUT);

const alarms = (app: SynthesisedApp) => app.resources<Alarm>('AWS::CloudWatch::Alarm');

/** The resources of a type whose metric has no alarm. */
function unwatched(
  type: string,
  metric: string,
  isMeant: (one: Resource, app: SynthesisedApp) => boolean = () => true,
) {
  const isWatched = (one: Resource, app: SynthesisedApp) =>
    alarms(app).some(
      ({ stack, properties: { MetricName, Dimensions } }) =>
        stack === one.stack && MetricName === metric && Dimensions.some(({ Value }) => referredTo(Value) === one.id),
    );
  return offenders(
    apps,
    (app) => app.resources(type).filter((one) => isMeant(one, app)),
    (one, app) => !isWatched(one, app),
  );
}

const isDeadLetterQueue = ({ properties }: Resource) => !('RedrivePolicy' in properties);

describe('an alarm is raised for', () => {
  test('the first dead letter in any dead-letter queue', () => {
    expect(unwatched('AWS::SQS::Queue', 'ApproximateNumberOfMessagesVisible', isDeadLetterQueue)).toEqual([]);
    const deadLetters = (app: SynthesisedApp) =>
      app
        .resources<Alarm & { Threshold: number; EvaluationPeriods: number }>('AWS::CloudWatch::Alarm')
        .filter(({ properties }) => properties.MetricName === 'ApproximateNumberOfMessagesVisible');
    const isLate = ({ properties }: Resource<{ Threshold: number; EvaluationPeriods: number }>) =>
      properties.Threshold !== 1 || properties.EvaluationPeriods !== 1;
    expect(offenders(apps, deadLetters, isLate)).toEqual([]);
  });

  test('messages that wait for too long', () => {
    expect(unwatched('AWS::SQS::Queue', 'ApproximateAgeOfOldestMessage', (one) => !isDeadLetterQueue(one))).toEqual([]);
  });

  test('functions that fail or are throttled', () => {
    expect(unwatched('AWS::Lambda::Function', 'Errors')).toEqual([]);
    expect(unwatched('AWS::Lambda::Function', 'Throttles')).toEqual([]);
  });

  test('a relay that falls behind its stream', () => {
    const readsStream = (fn: Resource, app: SynthesisedApp) =>
      app
        .resources<{ FunctionName: Value; EventSourceArn: Value }>('AWS::Lambda::EventSourceMapping', fn.stack)
        .some(
          (mapping) =>
            referredTo(mapping.properties.FunctionName) === fn.id &&
            app.target(mapping, mapping.properties.EventSourceArn)?.type === 'AWS::DynamoDB::Table',
        );
    expect(unwatched('AWS::Lambda::Function', 'IteratorAge', readsStream)).toEqual([]);
  });

  test('an API that answers 5xx', () => {
    expect(unwatched('AWS::ApiGatewayV2::Api', '5xx')).toEqual([]);
  });
});

describe('every alarm', () => {
  test('notifies the alarm topic', () => {
    const isMute = ({ id, stack, properties }: Resource<Alarm>, app: SynthesisedApp) => {
      const composites = app.resources<{ AlarmRule: Value }>('AWS::CloudWatch::CompositeAlarm', stack);
      // A composite alarm notifies for its parts.
      if (composites.some((one) => JSON.stringify(one.properties.AlarmRule).includes(`"${id}"`))) return false;
      const actions = (properties.AlarmActions ?? []).map((action) => referredTo(action));
      if (stack === 'broker') return !actions.includes(app.resources('AWS::SNS::Topic', 'broker')[0]?.id);
      return !actions.some((action) => action?.includes('brokeralarmtopic'));
    };
    expect(apps.every((app) => alarms(app).length > 0)).toBe(true);
    expect(offenders(apps, alarms, isMute)).toEqual([]);
  });

  test('links a runbook entry that exists', () => {
    const headings = readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8').matchAll(/^## (.+)$/gm);
    const anchors = [...headings].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-'));
    const entry = ({ properties }: Resource<Alarm>) =>
      /docs\/runbook\.md#([a-z-]+) \(npm run (?:ops|logs) -- .*--stage [a-z]+\)$/.exec(
        properties.AlarmDescription ?? '',
      )?.[1];
    expect(offenders(apps, alarms, (alarm) => !anchors.includes(entry(alarm) ?? ''))).toEqual([]);
    // Every entry belongs to an alarm of this app or of the core.
    const core = sourcesIn(join(ROOT, 'lib', 'broker'));
    expect(anchors.filter((anchor) => !core.includes(`'${anchor}'`))).toEqual([]);
  });

  test('is not raised when there are no data points', () => {
    expect(offenders(apps, alarms, ({ properties }) => properties.TreatMissingData !== 'notBreaching')).toEqual([]);
  });

  test('watches one plain metric in the local stage, because the emulator supports no others', () => {
    const local = apps.filter(({ stage }) => stage === 'local');
    expect(local.length).toBeGreaterThan(0);
    expect(offenders(local, alarms, ({ properties }) => 'Metrics' in properties)).toEqual([]);
    expect(local.flatMap((app) => app.resources('AWS::CloudWatch::CompositeAlarm'))).toEqual([]);
  });
});

describe('the alarm that the business is not flowing', () => {
  const define = (name: string, more: Partial<EventDefinition> = {}) =>
    defineEvent({ name, owner: 'depot', version: 1, schema: z.object({}), audience: 'external', ...more });
  const ofFlow = (stage: string, starts = [define('ParcelRegistered')]) => {
    const ends = [define('ParcelClosed')];
    const app = ownApp({ stage });
    const props = { stage: stageOf(app.node), contracts: [...starts, ...ends], flow: { starts, ends } };
    return Template.fromStack(new BrokerStack(app, props));
  };
  const counted = (template: Template) =>
    Object.values(template.findResources('AWS::Events::Rule'))
      .filter(({ Properties }) => Properties.Targets === undefined)
      .map(({ Properties }) => Properties.EventPattern);

  test('notifies, and names its entry in the runbook', () => {
    const [composite, ...more] = Object.values(ofFlow('dev').findResources('AWS::CloudWatch::CompositeAlarm'));
    expect(more).toEqual([]);
    expect(composite?.Properties.AlarmActions).toHaveLength(1);
    expect(composite?.Properties.AlarmDescription).toContain('docs/runbook.md#not-flowing');
  });

  test('compares the events that start flows with those that end them, as the app names them', () => {
    expect(counted(ofFlow('dev'))).toEqual([
      { source: ['depot'], 'detail-type': ['ParcelRegistered'] },
      { source: ['depot'], 'detail-type': ['ParcelClosed'] },
    ]);
  });

  test('counts the events of two owners, but not the name of one from the other', () => {
    const starts = [define('ParcelRegistered'), define('LetterPosted', { owner: 'post' })];
    expect(counted(ofFlow('dev', starts))[0]).toEqual({
      $or: [
        { source: ['depot'], 'detail-type': ['ParcelRegistered'] },
        { source: ['post'], 'detail-type': ['LetterPosted'] },
      ],
    });
  });

  test('is left out of the local stage, because the emulator does not support it', () => {
    ofFlow('local').resourceCountIs('AWS::CloudWatch::CompositeAlarm', 0);
  });

  test('cannot count events that are not on the bus', () => {
    expect(() => ofFlow('dev', [define('ParcelRegistered', { channel: 'reminder' })])).toThrow(
      'ParcelRegistered is not on the bus',
    );
  });
});

describe('the dashboard of a stage', () => {
  const dashboards = (app: SynthesisedApp) => app.resources<{ DashboardBody: Value }>('AWS::CloudWatch::Dashboard');

  test('exists once in every stage on AWS', () => {
    for (const app of apps) expect(dashboards(app)).toHaveLength(app.stage === 'local' ? 0 : 1);
  });

  test('names no service, so that a new service appears on it', () => {
    for (const app of apps) {
      const body = JSON.stringify(dashboards(app).map(({ properties }) => properties.DashboardBody));
      const named = app.services.filter((service) => new RegExp(`\\b${service}\\b`).test(body));
      expect(named).toEqual([]);
      if (app.stage !== 'local') expect(body).toContain(`event broker ${app.stage}`);
    }
  });
});

function sourcesIn(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
}
