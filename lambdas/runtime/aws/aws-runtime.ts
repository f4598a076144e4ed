import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Log, Runtime, Settings } from '../runtime';
import { DynamoDbStore } from '../store/dynamodb-store';
import { once } from './once';
import { otlpFromSettings } from './otlp';
import { sdkClient } from './sdk-client';
import { numberSetting, setting, variables } from './settings';

/** The runtime on AWS. One for each function instance. */
export const awsRuntime = once(
  (): Runtime => ({
    settings: functionSettings,
    store: new DynamoDbStore(sdkClient(DynamoDBClient), tableName),
    log: awsLog(),
    spans: otlpFromSettings(),
    now: () => new Date(),
    random: Math.random,
    sleep: (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds)),
  }),
);

/** Logs JSON lines to CloudWatch Logs. */
export const awsLog = once((): Log => {
  const logger = new Logger();
  return {
    info: (message, fields) => logger.info(message, { ...fields }),
    warn: (message, fields) => logger.warn(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
  };
});

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
