import type { Message } from '@aws-sdk/client-sqs';
import { classify } from '../../../ops/dead-letters/dead-letter';

const reserveStock = { name: 'inventory.reserve-stock', of: 'subscription' } as const;
const relay = { name: 'orders.relay', of: 'relay' } as const;
const broker = { name: 'broker', of: 'broker' } as const;

const SENT = Date.parse('2026-01-31T12:00:00Z');
const metadata = { id: 'event-1', version: 2, correlationId: 'request-1' };
const event = { source: 'orders', 'detail-type': 'OrderCreated', detail: { metadata, data: {} } };

function message(body: unknown, attributes: Record<string, string> = {}, system: Record<string, string> = {}): Message {
  return {
    MessageId: 'message-1',
    Body: typeof body === 'string' ? body : JSON.stringify(body),
    Attributes: { SentTimestamp: String(SENT), ...system },
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ),
  };
}

const parking = { reason: 'rejected', error: 'PermanentError: no', parkedAt: '2026-01-31T11:59:00.000Z' };

describe('a dead letter', () => {
  it('has the reason, error, ids and time with which its consumer parked it', () => {
    expect(classify(message(event, parking), reserveStock)).toMatchObject({
      queue: 'inventory.reserve-stock',
      origin: 'parked',
      reason: 'rejected',
      error: 'PermanentError: no',
      contract: 'orders.OrderCreated',
      version: 2,
      eventId: 'event-1',
      correlationId: 'request-1',
      since: new Date(parking.parkedAt),
    });
  });

  it('has the ids from its parking when its body is not an event', () => {
    const deadLetter = classify(message('no JSON', { ...parking, correlationId: 'request-2' }), reserveStock);
    expect(deadLetter).toMatchObject({ origin: 'parked', correlationId: 'request-2' });
    expect(deadLetter.contract).toBeUndefined();
  });

  it('is received-too-often when SQS has moved it, even with the attributes of an earlier parking', () => {
    const moved = message(event, parking, { DeadLetterQueueSourceArn: 'arn:aws:sqs:eu-west-1:123456789012:queue' });
    expect(classify(moved, reserveStock)).toMatchObject({
      origin: 'received-too-often',
      reason: 'received-too-often',
      error: undefined,
      since: new Date(SENT),
    });
  });

  it.each([
    ['EventBridge', { ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'not allowed' }, 'NO_PERMISSIONS: not allowed'],
    ['SNS', { ErrorCode: '403' }, '403'],
  ])('has the error of %s when that could not deliver it', (_, attributes, error) => {
    expect(classify(message(event, attributes), reserveStock)).toMatchObject({ origin: 'undelivered', error });
  });

  it('names its record when the relay set it aside', () => {
    const aside = { ...parking, reason: 'refused-by-bus', recordId: 'orders.advance-order#event-0' };
    expect(classify(message(event, aside), relay)).toMatchObject({
      origin: 'set-aside',
      reason: 'refused-by-bus',
      recordId: 'orders.advance-order#event-0',
    });
  });

  it('has the size and time of a batch when it is a failed batch of a stream', () => {
    const batch = {
      requestContext: { condition: 'RetryAttemptsExhausted' },
      DDBStreamBatchInfo: { batchSize: 7, approximateArrivalOfFirstRecord: '2026-01-31T10:00:00Z' },
    };
    expect(classify(message(batch), relay)).toMatchObject({
      origin: 'stream-batch',
      error: 'RetryAttemptsExhausted: 7 records were not published',
      since: new Date('2026-01-31T10:00:00Z'),
    });
  });

  it('is unrouted on the dead-letter queue of the bus', () => {
    expect(classify(message(event), broker)).toMatchObject({ origin: 'unrouted', contract: 'orders.OrderCreated' });
  });

  it.each(['', 'null', '[]', '"text"', '{"detail":3}', '{"source":1,"detail":{"metadata":[]}}', '\u202e', '{'])(
    'may have any body: %j',
    (body) => {
      for (const queue of [reserveStock, relay, broker]) {
        expect(classify(message(body), queue)).toMatchObject({ queue: queue.name, since: new Date(SENT) });
      }
    },
  );
});
