import type { Message } from '@aws-sdk/client-sqs';
import { object, string } from 'zod/mini';
import { defineEvent } from '../../../contracts/core/contract';
import { classify } from '../../../ops/dead-letters/dead-letter';
import { destinationOf } from '../../../ops/dead-letters/destination';
import type { DeadLetterQueue } from '../../../ops/dead-letters/queues';

const schema = object({ invoiceId: string() });
const InvoiceSent = defineEvent({ name: 'InvoiceSent', owner: 'billing', version: 1, schema });
const InvoiceDue = defineEvent({
  name: 'InvoiceDue',
  owner: 'billing',
  version: 1,
  channel: 'reminder',
  fairBy: 'invoiceId',
  schema,
});

const subscription: DeadLetterQueue = {
  name: 'ledger.book-invoice',
  url: 'dead',
  of: 'subscription',
  service: 'ledger',
  source: 'work',
};
const relay: DeadLetterQueue = { name: 'billing.relay', url: 'dead', of: 'relay', service: 'billing' };
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
  const detail = { metadata, data: { invoiceId: 'invoice-1' } };
  return JSON.stringify({ source: 'billing', 'detail-type': name, detail, ...(name === 'InvoiceDue' && { due }) });
}

function destination(queue: DeadLetterQueue, body: string, attributes: Record<string, string> = {}) {
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
  const message: Message = { Body: body, MessageAttributes, Attributes: { SentTimestamp: '1769860800000' } };
  return destinationOf(classify(message, queue), queue, [InvoiceSent, InvoiceDue]);
}

describe('the destination of a redriven dead letter', () => {
  it("is its own queue for a consumer's dead letter, with any body and without the attributes of parking", () => {
    for (const body of ['not JSON', eventNamed('InvoiceSent')]) {
      expect(destination(subscription, body, { reason: 'rejected' })).toEqual({ to: 'queue', url: 'work', body });
    }
  });

  it('does not exist for a record of a Custom Event Bus, which names events and contains none', () => {
    const failedMessages = ['2026-01-31T12:00:13Z', '2026-01-31T12:00:12Z'].map((timestamp) => ({ timestamp }));
    const body = JSON.stringify({ version: '1.0', subscriberArn: 'arn:subscriber', failedMessages });
    for (const queue of [subscription, broker])
      expect(destination(queue, body, { ERROR_CODE: 'ACCESS_DENIED' })).toEqual({
        to: 'nowhere',
        why: 'it contains no events: use "outbox --republish --since 2026-01-30T12:00:12.000Z"',
      });
  });

  it('does not exist for a missed run of a schedule', () => {
    const schedule: DeadLetterQueue = { name: 'billing.sweep', url: 'dead', of: 'schedule', service: 'billing' };
    expect(destination(schedule, '{}', { ERROR_CODE: 'ServiceException' })).toMatchObject({ to: 'nowhere' });
  });

  it('is the channel of its contract when the relay set it aside', () => {
    const event = { source: 'billing', name: 'InvoiceSent', detail: { metadata, data: { invoiceId: 'invoice-1' } } };
    expect(destination(relay, eventNamed('InvoiceSent'), setAside)).toEqual({
      to: 'channel',
      service: 'billing',
      event,
    });
  });

  it.each([setAside, { ERROR_CODE: 'AWS.SQS.QueueDoesNotExist' }])(
    'is the channel of reminders for a reminder, with its due time and its message group: %j',
    (attributes) => {
      const found = destination(relay, eventNamed('InvoiceDue'), attributes);
      expect(found).toMatchObject({
        to: 'channel',
        event: { name: 'InvoiceDue', channel: 'reminder', due, group: 'invoice-1' },
      });
    },
  );

  it('does not exist for a failed batch of a stream, and the reason names the command that republishes it', () => {
    const batch = { DDBStreamBatchInfo: { approximateArrivalOfFirstRecord: '2026-01-31T10:00:00Z' } };
    expect(destination(relay, JSON.stringify(batch))).toMatchObject({
      to: 'nowhere',
      why: expect.stringContaining('--since 2026-01-31T09:59:00.000Z'),
    });
  });

  it('is the bus for an unrouted event', () => {
    const event = { source: 'mystery', 'detail-type': 'Nobody', detail: { a: 1 } };
    expect(destination(broker, JSON.stringify(event))).toEqual({ to: 'bus', event });
  });

  it.each(['no JSON', 'null', '{}', '{"source":"a","detail-type":"b","detail":null}'])(
    'does not exist where only an event can be sent and the body is %j',
    (body) => {
      for (const queue of [relay, broker]) expect(destination(queue, body)).toMatchObject({ to: 'nowhere' });
    },
  );
});
