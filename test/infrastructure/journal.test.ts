import { App } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import { defineEvent } from '../../contracts/core/contract';
import { personal } from '../../contracts/core/sensitivity';
import { hasJournal } from '../../lib/broker/journal/has-journal';
import { idFieldsIn } from '../../lib/broker/journal/id-fields';
import { everyStage, type Resource, referredTo, type SynthesisedApp, type Value } from './app';
import { SYNTHESIS_TIMEOUT } from './synthesis';

let apps: SynthesisedApp[];
beforeAll(async () => {
  apps = Object.values(await everyStage()).filter((app) => app.journalManifest !== undefined);
}, SYNTHESIS_TIMEOUT);

const inJournal = <Properties>(app: SynthesisedApp, type: string) => app.resources<Properties>(type, 'journal');

describe('the journal', () => {
  test('receives every event on the bus', () => {
    for (const app of apps) {
      const rules = inJournal<{ EventPattern: Value }>(app, 'AWS::Events::Rule');
      expect(rules.map(({ properties }) => properties.EventPattern)).toEqual([{ source: [{ prefix: '' }] }]);
    }
  });

  test('subscribes to every topic', () => {
    for (const app of apps) {
      const topics = app.resources('AWS::SNS::Topic').filter(({ stack }) => stack !== 'broker');
      expect(inJournal(app, 'AWS::SNS::Subscription')).toHaveLength(topics.length);
    }
  });

  test('expires its entries, and needs no index, whose writes would cost as much as the entries', () => {
    for (const app of apps) {
      const [table] = inJournal<{ TimeToLiveSpecification: Value; GlobalSecondaryIndexes?: Value }>(
        app,
        'AWS::DynamoDB::Table',
      );
      expect(table?.properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAt', Enabled: true });
      expect(table?.properties.GlobalSecondaryIndexes).toBeUndefined();
    }
  });

  test('can write only to its own table', () => {
    for (const app of apps) {
      const statements = inJournal<{ PolicyDocument: { Statement: { Action: string | string[]; Resource: Value }[] } }>(
        app,
        'AWS::IAM::Policy',
      ).flatMap(({ properties }) => properties.PolicyDocument.Statement);
      const actions = statements.flatMap(({ Action }) => Action).filter((action) => action.startsWith('dynamodb:'));
      expect(actions).toEqual(['dynamodb:BatchWriteItem']);
    }
  });

  test('collects the events of an order in one batch when it is deployed, and says so in its manifest', () => {
    for (const app of apps) {
      const [mapping] = inJournal<Record<string, Value>>(app, 'AWS::Lambda::EventSourceMapping');
      const window = app.stage === 'local' ? 1 : 20;
      expect(mapping?.properties).toMatchObject({
        BatchSize: 1_000,
        MaximumBatchingWindowInSeconds: window,
        ScalingConfig: { MaximumConcurrency: 2 },
      });
      expect(app.journalManifest?.windowSeconds).toBe(window);
    }
  });

  test('is used by no service', () => {
    for (const app of apps) {
      const isReferred = ({ properties }: Resource) => JSON.stringify(properties).includes('/journal/');
      const others = app.resources('AWS::Lambda::Function').filter(({ stack }) => stack !== 'journal');
      expect(others.filter(isReferred)).toEqual([]);
      const [mapping] = inJournal<{ EventSourceArn: Value }>(app, 'AWS::Lambda::EventSourceMapping');
      expect(app.journalManifest?.queue).toBe(`<${referredTo(mapping?.properties.EventSourceArn)}>`);
    }
  });
});

test.each([
  [undefined, true],
  ['false', false],
  [false, false],
])('with -c journal=%s, the app has a journal: %s', (journal, isWanted) => {
  expect(hasJournal(new App({ context: journal === undefined ? {} : { journal } }).node)).toBe(isWanted);
});

test('indexes ids, and no field that a contract marks as personal', () => {
  const Id = z.string();
  const event = (name: string, shape: Record<string, z.ZodMiniType>) =>
    defineEvent({ name, owner: 'depot', version: 1, schema: z.object(shape) });
  const contracts = [
    event('One', { parcelId: Id, customerId: personal(Id), weight: z.number(), idle: Id }),
    event('Two', { parcelId: Id, customerId: Id, chargeId: z.optional(Id) }),
  ];
  expect(idFieldsIn(contracts)).toEqual(['chargeId', 'parcelId']);
});
