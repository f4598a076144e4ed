import { inboxesOf } from '../../deployed/inboxes';
import { DEAD_LETTER_RETENTION, QUEUE_RETENTION } from '../../lib/broker/channels/queues';
import { ARCHIVE_RETENTION } from '../../lib/broker/event-broker';
import { LATEST_COPY } from '../../lib/broker/tables/idempotency-table';
import { everyStage, offenders, type Resource, referredTo, render, type SynthesisedApp, type Value } from './app';
import { type StageName, SYNTHESIS_TIMEOUT } from './synthesis';

interface Table {
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly BillingMode?: string;
  readonly StreamSpecification?: { readonly StreamViewType: string };
  readonly TimeToLiveSpecification?: { readonly AttributeName: string; readonly Enabled: boolean };
  readonly PointInTimeRecoverySpecification?: { readonly PointInTimeRecoveryEnabled: boolean };
  readonly DeletionProtectionEnabled?: boolean;
}

let stages: Record<StageName, SynthesisedApp>;
let apps: SynthesisedApp[];
beforeAll(async () => {
  stages = await everyStage();
  apps = Object.values(stages);
}, SYNTHESIS_TIMEOUT);

const tables = (app: SynthesisedApp) => app.resources<Table>('AWS::DynamoDB::Table');

/** The idempotency tables, from the manifests. */
const records = (app: SynthesisedApp) =>
  tables(app).filter(({ stack, id }) => app.services.includes(stack) && app.manifest(stack).records === `<${id}>`);

describe('every idempotency table', () => {
  test('has a key of consumer and event, and expires its records', () => {
    expect(records(stages.prod)).toHaveLength(stages.prod.services.length);
    const isOther = ({ properties }: Resource<Table>) =>
      JSON.stringify(properties.KeySchema) !== '[{"AttributeName":"id","KeyType":"HASH"}]' ||
      JSON.stringify(properties.TimeToLiveSpecification) !== '{"AttributeName":"expiresAt","Enabled":true}';
    expect(offenders(apps, records, isOther)).toEqual([]);
  });

  test('keeps records for longer than any copy of a message can take', () => {
    // A copy is replayed on the archive's last day, waits 4 days in a queue, and 14 days as a dead letter.
    expect(ARCHIVE_RETENTION.toDays() + QUEUE_RETENTION.toDays() + DEAD_LETTER_RETENTION.toDays()).toBe(25);
    expect(LATEST_COPY.toDays()).toBe(25);
    for (const app of apps) {
      const windows = app
        .resources<{ Environment: { Variables: Record<string, Value> } }>('AWS::Lambda::Function')
        .map(({ properties }) => properties.Environment.Variables.IDEMPOTENCY_DAYS)
        .filter((days) => days !== undefined);
      expect(new Set(windows)).toEqual(new Set(['30']));
    }
  });

  test('streams new records with an outbox to its relay, with a bounded number of retries', () => {
    for (const app of apps) {
      for (const table of records(app)) {
        expect(table.properties.StreamSpecification?.StreamViewType).toBe('NEW_IMAGE');
        const mappings = app
          .resources<Record<string, Value>>('AWS::Lambda::EventSourceMapping', table.stack)
          .filter(({ properties }) => referredTo(properties.EventSourceArn) === table.id);
        expect(mappings).toHaveLength(1);
        const { properties } = mappings[0] as Resource;
        expect(render(properties.FunctionName)).toBe(app.manifest(table.stack).relay.function);
        expect(properties).toMatchObject({
          StartingPosition: 'TRIM_HORIZON',
          BisectBatchOnFunctionError: true,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        });
        // Unset is -1: one record would block its shard until the stream drops it, after 24 hours.
        expect(properties.MaximumRetryAttempts).toBeGreaterThanOrEqual(10);
        expect(properties.MaximumRetryAttempts).toBeLessThanOrEqual(1_000);
        // After an outage, the relay must publish all waiting events, however old they are.
        expect(properties.MaximumRecordAgeInSeconds).toBeUndefined();
        const { OnFailure } = properties.DestinationConfig as { OnFailure: { Destination: Value } };
        const deadLetterQueue = referredTo(OnFailure.Destination);
        expect(app.manifest(table.stack).relay.deadLetterQueue).toContain(deadLetterQueue);
        const [{ Pattern: pattern = '' } = {}] = (properties.FilterCriteria as { Filters: { Pattern: string }[] })
          .Filters;
        expect(JSON.parse(pattern)).toEqual({
          eventName: ['INSERT'],
          dynamodb: { NewImage: { outbox: { S: [{ exists: true }] } } },
        });
      }
    }
  });

  test('is helped by inboxes, whose new records are streamed to the same relay in the same way', () => {
    for (const app of apps) {
      for (const service of app.services) {
        const manifest = app.manifest(service);
        const relayed = app
          .resources<Record<string, Value>>('AWS::Lambda::EventSourceMapping', service)
          .filter(({ properties }) => render(properties.FunctionName) === manifest.relay.function);
        const inboxes = inboxesOf(manifest).filter(({ hasOutbox }) => hasOutbox);
        expect(relayed).toHaveLength(1 + inboxes.length);
        const [first, ...others] = relayed.map(
          ({ properties: { EventSourceArn, FilterCriteria, ...settings } }) => settings,
        );
        for (const settings of others) expect(settings).toEqual(first);
        const patterns = relayed.map(({ properties }) => JSON.stringify(properties.FilterCriteria));
        expect(patterns.filter((pattern) => pattern.includes('_recorded'))).toHaveLength(inboxes.length);
      }
    }
  });
});

describe('every table', () => {
  test('is billed by request', () => {
    expect(offenders(apps, tables, ({ properties }) => properties.BillingMode !== 'PAY_PER_REQUEST')).toEqual([]);
  });

  test('of prod has point-in-time recovery and deletion protection, and is retained when its stack is deleted', () => {
    const isAtRisk = ({ properties, deletionPolicy }: Resource<Table>) =>
      !properties.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled ||
      !properties.DeletionProtectionEnabled ||
      deletionPolicy !== 'Retain';
    expect(offenders([stages.prod], tables, isAtRisk)).toEqual([]);
  });

  test('of the other stages is deleted with its stack', () => {
    const stays = ({ properties, deletionPolicy }: Resource<Table>) =>
      properties.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled === true ||
      properties.DeletionProtectionEnabled === true ||
      deletionPolicy !== 'Delete';
    expect(offenders([stages.local, stages.dev], tables, stays)).toEqual([]);
  });
});

test('only prod keeps bus, queues, logs and secrets when a stack is deleted, and not those of a deployment that failed', () => {
  const types = ['SQS::Queue', 'Logs::LogGroup', 'SecretsManager::Secret', 'Events::EventBus', 'Events::Archive'];
  const kept = (app: SynthesisedApp) => types.flatMap((type) => app.resources(`AWS::${type}`));
  const isLost = ({ deletionPolicy }: Resource) => deletionPolicy !== 'RetainExceptOnCreate';
  expect(offenders([stages.prod], kept, isLost)).toEqual([]);
  expect(offenders([stages.local, stages.dev], kept, ({ deletionPolicy }) => deletionPolicy !== 'Delete')).toEqual([]);
});

test('stage local has only resources that the emulator supports', () => {
  const missing = [
    'AWS::Events::Archive',
    'AWS::Events::EventBusPolicy',
    'AWS::Events::Connection',
    'AWS::Events::ApiDestination',
    'AWS::Logs::MetricFilter',
    'AWS::CloudWatch::CompositeAlarm',
    'AWS::ApiGatewayV2::DomainName',
    'AWS::ApplicationAutoScaling::ScalableTarget',
  ];
  expect(stages.local.types.filter((type) => missing.includes(type) || type.startsWith('AWS::EventSchemas::'))).toEqual(
    [],
  );
});
