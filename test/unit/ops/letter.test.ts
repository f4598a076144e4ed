import type { Message } from '@aws-sdk/client-sqs';
import { classify } from '../../../ops/dead-letters/letter';

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
  it('that its consumer parked has the reason, the error, the ids and the time', () => {
    expect(classify(message(event, parking), reserveStock)).toMatchObject({
      queue: 'inventory.reserve-stock',
      shape: 'parked',
      reason: 'rejected',
      error: 'PermanentError: no',
      contract: 'orders.OrderCreated',
      version: 2,
      eventId: 'event-1',
      correlationId: 'request-1',
      since: new Date(parking.parkedAt),
    });
  });

  it('that is no event takes its ids from its parking', () => {
    const letter = classify(message('no JSON', { ...parking, correlationId: 'request-2' }), reserveStock);
    expect(letter).toMatchObject({ shape: 'parked', correlationId: 'request-2' });
    expect(letter.contract).toBeUndefined();
  });

  it('that SQS moved is not mistaken for one that was parked earlier', () => {
    const moved = message(event, parking, { DeadLetterQueueSourceArn: 'arn:aws:sqs:eu-west-1:123456789012:queue' });
    expect(classify(moved, reserveStock)).toMatchObject({
      shape: 'received-too-often',
      reason: 'received-too-often',
      error: undefined,
      since: new Date(SENT),
    });
  });

  it.each([
    ['EventBridge', { ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'not allowed' }, 'NO_PERMISSIONS: not allowed'],
    ['SNS', { ErrorCode: '403' }, '403'],
  ])('that %s could not deliver says why', (_, attributes, error) => {
    expect(classify(message(event, attributes), reserveStock)).toMatchObject({ shape: 'undelivered', error });
  });

  it('that the relay set aside names its record', () => {
    const aside = { ...parking, reason: 'refused-by-bus', recordId: 'orders.advance-order#event-0' };
    expect(classify(message(event, aside), relay)).toMatchObject({
      shape: 'set-aside',
      reason: 'refused-by-bus',
      recordId: 'orders.advance-order#event-0',
    });
  });

  it("that is Lambda's note of a batch tells how much and since when", () => {
    const note = {
      requestContext: { condition: 'RetryAttemptsExhausted' },
      DDBStreamBatchInfo: { batchSize: 7, approximateArrivalOfFirstRecord: '2026-01-31T10:00:00Z' },
    };
    expect(classify(message(note), relay)).toMatchObject({
      shape: 'stream-batch',
      error: 'RetryAttemptsExhausted: 7 records were not published',
      since: new Date('2026-01-31T10:00:00Z'),
    });
  });

  it('that no contract describes is unrouted', () => {
    expect(classify(message(event), broker)).toMatchObject({ shape: 'unrouted', contract: 'orders.OrderCreated' });
  });

  it.each(['', 'null', '[]', '"text"', '{"detail":3}', '{"source":1,"detail":{"metadata":[]}}', '\u202e', '{'])(
    'may be anything: %j',
    (body) => {
      for (const queue of [reserveStock, relay, broker]) {
        expect(classify(message(body), queue)).toMatchObject({ queue: queue.name, since: new Date(SENT) });
      }
    },
  );
});
