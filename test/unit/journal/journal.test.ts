import type { SQSRecord } from 'aws-lambda';
import type { JournalEntry } from '../../../lambdas/runtime/journal/entry';
import { Journal } from '../../../lambdas/runtime/journal/journal';
import { toEntries } from '../../../lambdas/runtime/journal/to-entries';

const metadata = {
  id: 'event-1',
  version: 1,
  correlationId: 'request-1',
  causationId: 'request-1',
  occurredAt: '2026-11-27T10:00:00.000Z',
  traceparent: '00-1-2-01',
};

function message(change: { id?: string; data?: object; account?: string; body?: string } = {}): SQSRecord {
  const { id = metadata.id, data = { parcelId: 'parcel-1' }, account = '123456789012', body } = change;
  const event = {
    source: 'depot',
    'detail-type': 'ParcelRegistered',
    account,
    detail: { metadata: { ...metadata, id }, data },
  };
  return {
    messageId: `message of ${id}`,
    body: body ?? JSON.stringify(event),
    attributes: { SentTimestamp: String(Date.parse('2026-11-27T23:59:59.000Z')) },
  } as SQSRecord;
}

/** A table that leaves some ids unprocessed. */
function table(refused: readonly string[] = []) {
  const calls: JournalEntry[][] = [];
  const write = async (entries: readonly JournalEntry[]) => {
    calls.push([...entries]);
    return new Set(entries.filter((entry) => 'id' in entry && refused.includes(String(entry.id))));
  };
  return { calls, write };
}

describe('an entry of the journal', () => {
  test('is found by its flow, by the day on which it arrived, and by the ids in its data', () => {
    const [event, id, ...more] = toEntries(message(), ['parcelId', 'chargeId']);
    expect(event).toMatchObject({
      key: 'flow#request-1',
      entry: '2026-11-27T10:00:00.000Z#event-1',
      day: expect.stringMatching(/^2026-11-27#\d$/),
      at: '2026-11-27T23:59:59.000Z#event-1',
      data: '{"parcelId":"parcel-1"}',
    });
    expect(id).toMatchObject({ key: 'id#parcel-1', entry: 'request-1' });
    expect(more).toEqual([]);
  });

  test('is the same for every delivery of its message', () => {
    expect(toEntries(message(), ['parcelId'])).toEqual(toEntries(message(), ['parcelId']));
  });

  test('of a reminder has its due time', () => {
    const body = JSON.parse(message().body);
    const due = '2026-11-28T10:00:00.000Z';
    const [event] = toEntries(message({ body: JSON.stringify({ ...body, detail: { ...body.detail, due } }) }), []);
    expect(event).toMatchObject({ channel: 'reminder', due });
  });

  test('expires 30 days after it arrived', () => {
    const [event] = toEntries(message(), []);
    expect(new Date((event?.expiresAt ?? 0) * 1_000).toISOString()).toBe('2026-12-27T23:59:59.000Z');
  });

  test('contains the channel: bus or topic', () => {
    const { account: _, ...direct } = JSON.parse(message().body) as { account: string };
    expect(toEntries(message(), [])[0]).toMatchObject({ channel: 'bus' });
    expect(toEntries(message({ body: JSON.stringify(direct) }), [])[0]).toMatchObject({ channel: 'topic' });
  });

  test('leaves out data that exceeds an item', () => {
    const [event] = toEntries(message({ data: { text: 'x'.repeat(400 * 1_024) } }), []);
    expect(event).toBeDefined();
    expect(event).not.toHaveProperty('data');
  });

  test.each(['hello', '{}', '{"detail":{"metadata":{"id":""}}}', 'null'])('is not made from %s', (body) => {
    expect(toEntries(message({ body }), ['parcelId'])).toEqual([]);
  });
});

describe('the journal', () => {
  test('writes a batch in one call, each item once', async () => {
    const { calls, write } = table();
    const { batchItemFailures } = await new Journal(write, ['parcelId']).record([
      message(),
      message(),
      message({ id: 'event-2' }),
    ]);
    expect(calls.map((call) => call.map(({ key, entry }) => `${key} ${entry.split('#').at(-1)}`))).toEqual([
      ['flow#request-1 event-1', 'id#parcel-1 request-1', 'flow#request-1 event-2'],
    ]);
    expect(batchItemFailures).toEqual([]);
  });

  test('writes the entry of an id only once', async () => {
    const { calls, write } = table();
    const journal = new Journal(write, ['parcelId']);
    await journal.record([message()]);
    await journal.record([message({ id: 'event-2' })]);
    expect(calls[1]?.map(({ key }) => key)).toEqual(['flow#request-1']);
  });

  test('returns only the messages whose events were not written', async () => {
    const { write } = table(['event-2']);
    const { batchItemFailures } = await new Journal(write, []).record([message(), message({ id: 'event-2' })]);
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'message of event-2' }]);
  });

  test('acknowledges a message that is not an event, without a call', async () => {
    const { calls, write } = table();
    expect(await new Journal(write, []).record([message({ body: 'hello' })])).toEqual({ batchItemFailures: [] });
    expect(calls).toEqual([]);
  });
});
