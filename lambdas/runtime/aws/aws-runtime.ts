import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Runtime, Settings } from '../runtime';
import { DynamoDbStore } from '../store/dynamodb-store';
import { awsLog } from './log';
import { once, onceFor } from './once';
import { otlpFromSettings } from './otlp';
import { sdkClient } from './sdk-client';
import { numberSetting, setting, variables } from './settings';

/** The runtime on AWS. One for each function instance. */
export const awsRuntime = once(
  (): Runtime => ({
    settings: functionSettings,
    store: new DynamoDbStore(sdkClient(DynamoDBClient, { cacheMiddleware: true }), onceFor(tableName)),
    log: awsLog(),
    spans: otlpFromSettings(),
    now: () => new Date(),
    random: Math.random,
    sleep: (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds)),
  }),
);

/** Each variable is read on use: an endpoint has no attempts, and a read-only endpoint has none of these. */
const functionSettings: Settings = {
  get idempotencyDays() {
    return numberSetting(variables.idempotencyDays);
  },
  get attempts() {
    return numberSetting(variables.attempts);
  },
  get backoff() {
    return { base: numberSetting(variables.backoffBase), cap: numberSetting(variables.backoffCap) };
  },
};

function tableName(logicalName: string): string {
  return setting(logicalName === 'records' ? variables.records : variables.table(logicalName));
}
