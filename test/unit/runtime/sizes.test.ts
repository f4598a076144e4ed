import { toMessageAttributes } from '../../../lambdas/runtime/aws/message-attributes';
import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import {
  channelLimits,
  entryBytes,
  messageBytes,
  sizeProblem,
  topicBytes,
} from '../../../lambdas/runtime/publish/sizes';
import { Answered } from '../../support/batch-world';
import { eventOf } from '../../support/handler-world';

const KB = 1024;
const now = new Date('2026-01-01T00:00:00Z');

/** An event whose size on its channel is exactly so many bytes. */
function eventOfSize(bytes: number, measure: (event: OutgoingEvent) => number, more: Partial<OutgoingEvent> = {}) {
  const make = (text: string): OutgoingEvent => ({ ...eventOf(Answered, { id: text }), ...more });
  return make('x'.repeat(bytes - measure(make(''))));
}

describe('the size of', () => {
  test('an entry of the bus counts 14 bytes of time, and source, detail type and detail in UTF-8', () => {
    const event = { ...eventOf(Answered, { id: 'é' }), source: 'ä', name: '𝄞' };
    expect(entryBytes(event)).toBe(14 + 2 + 4 + Buffer.byteLength(JSON.stringify(event.detail)));
  });

  test('a message counts its body, and the name, type and value of each attribute', () => {
    expect(messageBytes('é')).toBe(2);
    expect(messageBytes('é', { name: { DataType: 'String', StringValue: 'é' } })).toBe(2 + 4 + 6 + 2);
  });
});

describe('an event is accepted at the limit of its channel, and refused with one byte more', () => {
  const due = (seconds: number) => new Date(now.getTime() + seconds * 1_000).toISOString();
  const bodyBytes = ({ source, name, detail, due: at }: OutgoingEvent) =>
    Buffer.byteLength(JSON.stringify({ source, 'detail-type': name, detail, ...(at && { due: at }) }));

  test.each<[string, number, (event: OutgoingEvent) => number, Partial<OutgoingEvent>]>([
    ['bus', 1024 * KB, entryBytes, {}],
    // Beside its body, a message has the attribute "name" of type "String".
    ['topic', 256 * KB, (event) => bodyBytes(event) + 4 + 6 + event.name.length, { channel: 'topic' }],
    ['queue', 1024 * KB, bodyBytes, { channel: 'reminder', due: due(15 * 60) }],
    ['schedule', 256 * KB, bodyBytes, { channel: 'reminder', due: due(15 * 60 + 1) }],
  ])('%s', (channel, limit, measure, more) => {
    expect(sizeProblem(eventOfSize(limit, measure, more), now)).toBeUndefined();
    expect(sizeProblem(eventOfSize(limit + 1, measure, more), now)).toBe(
      `Answered has ${limit + 1} bytes, and its ${channel} takes ${limit}`,
    );
  });

  test('characters of several bytes count as such', () => {
    const text = '€'.repeat(90 * KB);
    expect(text.length).toBeLessThan(256 * KB);
    expect(topicBytes(eventOf(Answered, { id: text }))).toBeGreaterThan(256 * KB);
    expect(sizeProblem({ ...eventOf(Answered, { id: text }), channel: 'topic' }, now)).toContain('its topic takes');
  });
});

describe('the attributes of a parked message', () => {
  const attributes = { reason: 'not-json', error: 'x'.repeat(500), consumer: 'answerer.answer', eventId: '' };

  test('are complete while the message is at the limit of its queue', () => {
    const complete = toMessageAttributes(attributes, '');
    const body = 'b'.repeat(channelLimits.queue - messageBytes('', complete));
    expect(toMessageAttributes(attributes, body)).toEqual(complete);
    expect(messageBytes(body, toMessageAttributes(attributes, body))).toBe(channelLimits.queue);
  });

  test.each([1, 20, 40, 200, 560])('give way to a body that is %i bytes larger', (more) => {
    const body = 'b'.repeat(channelLimits.queue - messageBytes('', toMessageAttributes(attributes, '')) + more);
    const fitted = toMessageAttributes(attributes, body);
    expect(messageBytes(body, fitted)).toBeLessThanOrEqual(channelLimits.queue);
    if (more < 500) expect(fitted.reason?.StringValue).toBe('not-json');
  });
});
