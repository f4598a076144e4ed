import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import { spanOf } from '../../../lambdas/runtime/events/ids';
import { eventId, readOutbox, writeEntry, writeOutbox } from '../../../lambdas/runtime/events/outbox';

const TRACE = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const record = { id: 'depot.close-parcel#cause#1', correlationId: 'flow', processedAt: '2026-01-01T00:00:00.000Z' };

const ID = eventId('depot.close-parcel', 'cause#1', 0);

function event(more: Partial<OutgoingEvent> = {}, metadata = {}): OutgoingEvent {
  const own = {
    id: ID,
    version: 2,
    correlationId: 'flow',
    causationId: 'cause#1',
    occurredAt: record.processedAt,
    traceparent: `00-${'a'.repeat(32)}-${spanOf(ID)}-01`,
  };
  return {
    source: 'depot',
    name: 'ParcelClosed',
    detail: { metadata: { ...own, ...metadata }, data: { id: 'ä' } },
    ...more,
  };
}

const written = (one: OutgoingEvent, again = false) => ({
  ...record,
  outbox: writeOutbox(TRACE, [writeEntry(one, again)]),
});

describe('an outbox', () => {
  it.each([
    ['on the bus', event()],
    ['of the first version', event({}, { version: 1 })],
    ['on a topic', event({ channel: 'topic' })],
    ['for later', event({ channel: 'reminder', due: '2026-01-02T00:00:00.000Z' })],
  ])('returns the event that was written: %s', (_, one) => {
    expect(readOutbox(written(one))).toEqual({ events: [one], unreadable: [] });
  });

  it('has what events share with their record only there', () => {
    expect(written(event()).outbox).not.toMatch(/flow|cause|depot|2026|-8/);
  });

  it('has an event that is published again with its own metadata', () => {
    const earlier = event(
      {},
      { correlationId: 'other', causationId: 'another', occurredAt: '2025-01-01T00:00:00.000Z' },
    );
    expect(readOutbox(written(earlier, true)).events).toEqual([earlier]);
  });

  it('of an earlier version has ids and spans', () => {
    const span = 'd'.repeat(16);
    const entry = { id: 'event-1', name: 'ParcelClosed', version: 2, span, data: { id: 'ä' } };
    const traceparent = `00-${'a'.repeat(32)}-${span}-01`;
    const outbox = writeOutbox(TRACE, [JSON.stringify(entry)]);
    expect(readOutbox({ ...record, outbox }).events).toEqual([event({}, { id: 'event-1', traceparent })]);
  });

  it('is the same if it was parsed before', () => {
    const { outbox } = written(event());
    expect(readOutbox({ ...record, outbox: JSON.parse(outbox) }).events).toEqual([event()]);
  });

  it('of an earlier version is a list of whole events', () => {
    expect(readOutbox({ id: record.id, outbox: JSON.stringify([event()]) }).events).toEqual([event()]);
  });

  it.each(['{', '7', '{"events":[7]}', '[7]', '{"events":[{"name":"x","due":"soon"}]}'])(
    'tells what is no event: %s',
    (outbox) => {
      const { events, unreadable } = readOutbox({ ...record, outbox });
      expect([events, unreadable.length]).toEqual([[], 1]);
    },
  );
});
