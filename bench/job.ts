import { writeEntry, writeOutbox } from '../lambdas/runtime/events/outbox';

/** The task of one process. */
export interface Job {
  /** The folder of a bundle. */
  readonly bundle: string;
  readonly input: 'queue' | 'stream';
  readonly batchSize: number;
  /** Batches before the measurement, in which V8 compiles the code. */
  readonly warmUp: number;
  readonly batches: number;
  /** Whether the last message of each batch is a copy of the first of the batch before. */
  readonly duplicates: boolean;
  /** Whether all orders are for the same articles. @default each order has its own articles */
  readonly isHot: boolean;
}

/** CPU in microseconds: of loading the function and its first batch, and of one message later. */
export interface Measured {
  readonly load: number;
  readonly perMessage: number;
}

/** An endless sequence of batches, as Lambda passes them to a function. */
export function* batches({ input, batchSize, duplicates, isHot }: Job): Generator<object, never> {
  for (let batch = 0; ; batch++) {
    const numbers = Array.from({ length: batchSize }, (_, index) =>
      duplicates && batch > 0 && index === batchSize - 1 ? (batch - 1) * batchSize : batch * batchSize + index,
    );
    yield { Records: numbers.map((number, index) => toRecord(input, number, `${batch}-${index}`, isHot)) };
  }
}

function toRecord(input: Job['input'], number: number, messageId: string, isHot: boolean): object {
  const event = orderCreated(number, isHot);
  if (input === 'stream') {
    const { metadata } = event.detail;
    const { source, 'detail-type': name, detail } = event;
    const outbox = writeOutbox(metadata.traceparent, [writeEntry({ source, name, detail }, false)]);
    const { correlationId, causationId, occurredAt: processedAt } = metadata;
    const image = { id: `${source}.confirm-order#${causationId}`, correlationId, processedAt, outbox };
    const NewImage = Object.fromEntries(Object.entries(image).map(([key, S]) => [key, { S }]));
    return { eventName: 'INSERT', dynamodb: { NewImage } };
  }
  return {
    messageId,
    receiptHandle: messageId,
    body: JSON.stringify(event),
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '0' },
    messageAttributes: {},
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:bench',
  };
}

function orderCreated(number: number, isHot: boolean) {
  const id = `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`;
  const metadata = {
    id,
    version: 1,
    correlationId: `1${id.slice(1)}`,
    causationId: `2${id.slice(1)}`,
    occurredAt: new Date().toISOString(),
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  };
  const lines = ['teapot', 'cup'].map((sku) => ({ sku: isHot ? sku : `${sku}-${number}`, quantity: 1 }));
  const data = {
    orderId: `3${id.slice(1)}`,
    customerId: `customer-${number}`,
    lines,
    total: { amount: 2_500, currency: 'EUR' },
  };
  return {
    version: '0',
    id,
    'detail-type': 'OrderCreated',
    source: 'orders',
    account: '123456789012',
    time: metadata.occurredAt,
    region: 'eu-central-1',
    resources: [],
    detail: { metadata, data },
  };
}
