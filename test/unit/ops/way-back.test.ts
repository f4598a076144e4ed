import type { Message } from '@aws-sdk/client-sqs';
import { OrderCreated, OrderDue } from '../../../contracts/orders';
import { classify } from '../../../ops/dead-letters/letter';
import type { DeadLetterQueue } from '../../../ops/dead-letters/queues';
import { wayBack } from '../../../ops/dead-letters/way-back';

const subscription: DeadLetterQueue = {
  name: 'inventory.reserve-stock',
  url: 'dead',
  of: 'subscription',
  service: 'inventory',
  source: 'work',
};
const relay: DeadLetterQueue = { name: 'orders.relay', url: 'dead', of: 'relay', service: 'orders' };
const broker: DeadLetterQueue = { name: 'broker', url: 'dead', of: 'broker' };

const metadata = {
  id: 'event-1',
  version: 1,
  correlationId: 'request-1',
  causationId: 'request-1',
  occurredAt: '2026-01-31T12:00:00.000Z',
  traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
};
const setAside = { reason: 'refused-by-bus' };

const due = '2026-02-28T12:00:00.000Z';

function eventNamed(name: string): string {
  const detail = { metadata, data: { orderId: 'order-1' } };
  return JSON.stringify({ source: 'orders', 'detail-type': name, detail, ...(name === 'OrderDue' && { due }) });
}

function back(queue: DeadLetterQueue, body: string, attributes: Record<string, string> = {}) {
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
  const message: Message = { Body: body, MessageAttributes, Attributes: { SentTimestamp: '1769860800000' } };
  return wayBack(classify(message, queue), queue, [OrderCreated, OrderDue]);
}

describe('the way back of a dead letter', () => {
  it('of a consumer is its own queue, whatever the letter is, without what parking added', () => {
    for (const body of ['not JSON', eventNamed('OrderCreated')]) {
      expect(back(subscription, body, { reason: 'rejected' })).toEqual({ to: 'queue', url: 'work', body });
    }
  });

  it('of a run that was missed does not exist: the next run does the work', () => {
    const schedule: DeadLetterQueue = { name: 'orders.sweep', url: 'dead', of: 'schedule', service: 'orders' };
    expect(back(schedule, '{}', { ERROR_CODE: 'ServiceException' })).toMatchObject({ to: 'nowhere' });
  });

  it('that a relay set aside is being published again', () => {
    const event = { source: 'orders', name: 'OrderCreated', detail: { metadata, data: { orderId: 'order-1' } } };
    expect(back(relay, eventNamed('OrderCreated'), setAside)).toEqual({ to: 'channel', service: 'orders', event });
  });

  it.each([setAside, { ERROR_CODE: 'AWS.SQS.QueueDoesNotExist' }])(
    'of a reminder is being published again, for when it is due: %j',
    (attributes) => {
      const way = back(relay, eventNamed('OrderDue'), attributes);
      expect(way).toMatchObject({ to: 'channel', event: { name: 'OrderDue', channel: 'reminder', due } });
    },
  );

  it('of a batch of the stream is the outbox, from a little before', () => {
    const note = { DDBStreamBatchInfo: { approximateArrivalOfFirstRecord: '2026-01-31T10:00:00Z' } };
    expect(back(relay, JSON.stringify(note))).toMatchObject({
      to: 'nowhere',
      why: expect.stringContaining('--since 2026-01-31T09:59:00.000Z'),
    });
  });

  it('of an event that nobody knew is the bus', () => {
    const event = { source: 'mystery', 'detail-type': 'Nobody', detail: { a: 1 } };
    expect(back(broker, JSON.stringify(event))).toEqual({ to: 'bus', event });
  });

  it.each(['no JSON', 'null', '{}', '{"source":"a","detail-type":"b","detail":null}'])(
    'does not exist where only an event can go: %j',
    (body) => {
      for (const queue of [relay, broker]) expect(back(queue, body)).toMatchObject({ to: 'nowhere' });
    },
  );
});
