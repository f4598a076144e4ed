import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import sqsPartialBatchFailure from '@middy/sqs-partial-batch-failure';
import type { Context, SQSEvent } from 'aws-lambda';
import { OrderEvent } from './order';
import { reserve } from './reserve';

const logger = new Logger({ serviceName: 'bench' });
const metrics = new Metrics({ namespace: 'Bench', serviceName: 'bench' });
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: process.env.RECORDS_TABLE ?? '' });
const config = new IdempotencyConfig({ eventKeyJmesPath: 'detail.metadata.id' });

const handleOrder = makeIdempotent(
  async (event: OrderEvent) => {
    await reserve(event);
    const { id, correlationId } = event.detail.metadata;
    logger.info('processed', { event: event['detail-type'], eventId: id, correlationId });
    metrics.addMetric('Processed', MetricUnit.Count, 1);
  },
  { persistenceStore, config },
);

const handleBatch = ({ Records }: SQSEvent, context: Context) => {
  config.registerLambdaContext(context);
  return Promise.allSettled(Records.map(async ({ body }) => handleOrder(OrderEvent.parse(JSON.parse(body)))));
};

export const handler = middy()
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use(sqsPartialBatchFailure())
  .handler(handleBatch);
