import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { OrderEvent } from './order';
import { reserve } from './reserve';

// As in "Processing messages from SQS" and "Idempotency, batch integration" of the Powertools documentation.
const logger = new Logger({ serviceName: 'bench' });
const metrics = new Metrics({ namespace: 'Bench', serviceName: 'bench' });
const processor = new BatchProcessor(EventType.SQS);
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

const handleRecord = ({ body }: SQSRecord) => handleOrder(OrderEvent.parse(JSON.parse(body)));

export const handler = async (event: SQSEvent, context: Context) => {
  config.registerLambdaContext(context);
  logger.addContext(context);
  try {
    return await processPartialResponse(event, handleRecord, processor, { context });
  } finally {
    metrics.publishStoredMetrics();
  }
};
