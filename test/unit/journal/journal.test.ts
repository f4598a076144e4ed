import { createHash } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import {
  type JournalEntry,
  type JournalledEvent,
  type ListedEvent,
  MAX_DATA_BYTES,
} from '../../../lambdas/runtime/journal/entry';
import { Journal } from '../../../lambdas/runtime/journal/journal';
import { unpackEvents } from '../../../lambdas/runtime/journal/pack';
import { readEvents } from '../../../lambdas/runtime/journal/read-event';
import { toEntries } from '../../../lambdas/runtime/journal/to-entries';

const metadata = {
  id: 'event-1',
  version: 1,
  correlationId: 'request-1',
  causationId: 'request-1',
  occurredAt: '2026-11-27T10:00:00.000Z',
  traceparent: '00-1-2-01',
};

interface Change {
  readonly id?: string;
  readonly correlationId?: string;
  readonly data?: object;
  readonly account?: string;
  readonly body?: string;
  readonly sentAt?: string;
}

const SENT_AT = '2026-11-27T23:59:59.000Z';

function message(change: Change = {}): SQSRecord {
  const { id = metadata.id, data = { parcelId: 'parcel-1' }, account = '123456789012', body } = change;
  const { correlationId = metadata.correlationId, sentAt = SENT_AT } = change;
  const event = {
    source: 'depot',
    'detail-type': 'ParcelRegistered',
    account,
    detail: { metadata: { ...metadata, id, correlationId }, data },
  };
  return {
    messageId: `message of ${id}`,
    body: body ?? JSON.stringify(event),
    attributes: { SentTimestamp: String(Date.parse(sentAt)) },
  } as SQSRecord;
}

function read(change: Change = {}, idFields: readonly string[] = []) {
  const [found] = readEvents(message(change), idFields);
  if (!found) throw new Error('The message is no event.');
  return found;
}

/** A table that leaves items unwritten that contain one of these ids. */
function table(refused: readonly string[] = []) {
  const calls: JournalEntry[][] = [];
  const write = async (entries: readonly JournalEntry[]) => {
    calls.push([...entries]);
    const isRefused = (entry: JournalEntry) =>
      entry.key.startsWith('flow#') && unpackEvents<JournalledEvent>(entry).some(({ id }) => refused.includes(id));
    return new Set(entries.filter(isRefused));
  };
  return { calls, write };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const idsIn = (entry: JournalEntry | undefined) => unpackEvents<JournalledEvent>(entry ?? {}).map(({ id }) => id);

describe('an event of the journal', () => {
  test('has what its message has, and the ids in its data', () => {
    const { event, ids } = read({}, ['parcelId', 'chargeId']);
    const { name, source } = { name: 'ParcelRegistered', source: 'depot' };
    expect(event).toEqual({ ...metadata, at: SENT_AT, name, source, channel: 'bus', data: { parcelId: 'parcel-1' } });
    expect(ids).toEqual(['parcel-1']);
  });

  test('of a reminder has its due time', () => {
    const body = JSON.parse(message().body);
    const due = '2026-11-28T10:00:00.000Z';
    const { event } = read({ body: JSON.stringify({ ...body, detail: { ...body.detail, due } }) });
    expect(event).toMatchObject({ channel: 'reminder', due });
  });

  test('is read for each reminder of an announcement', () => {
    const body = JSON.parse(message().body);
    const [due, later] = ['2026-11-28T10:00:00.000Z', '2026-11-28T11:00:00.000Z'];
    const more = [{ metadata: { ...metadata, id: 'event-2' }, data: { parcelId: 'parcel-2' }, due: later }, 'hello'];
    const announcement = JSON.stringify({ ...body, detail: { ...body.detail, due, more } });
    const found = readEvents(message({ body: announcement }), ['parcelId']);
    expect(found).toMatchObject([
      { event: { id: 'event-1', name: 'ParcelRegistered', channel: 'reminder', due }, ids: ['parcel-1'] },
      { event: { id: 'event-2', name: 'ParcelRegistered', channel: 'reminder', due: later }, ids: ['parcel-2'] },
    ]);
  });

  test('contains the channel: bus or topic', () => {
    const { account: _, ...direct } = JSON.parse(message().body) as { account: string };
    expect(read().event).toMatchObject({ channel: 'bus' });
    expect(read({ body: JSON.stringify(direct) }).event).toMatchObject({ channel: 'topic' });
  });

  test('has no data that exceeds an item', () => {
    expect(read({ data: { text: 'x'.repeat(400 * 1_024) } }).event).not.toHaveProperty('data');
  });

  test.each(['hello', '{}', '{"detail":{"metadata":{"id":""}}}', 'null'])('is not read from %s', (body) => {
    expect(readEvents(message({ body }), ['parcelId'])).toEqual([]);
  });
});

describe('the entries of the journal', () => {
  test('are one item for each flow, one for each minute, and one for each id in a flow', () => {
    const events = [
      read({}, ['parcelId']),
      read({ id: 'event-2' }, ['parcelId']),
      read({ id: 'event-3', correlationId: 'request-2', sentAt: '2026-11-28T00:00:01.000Z' }, ['parcelId']),
    ];
    const found = toEntries(events).map(({ item }) => [item.key, idsIn(item)]);
    expect(found).toEqual([
      ['flow#request-1', ['event-1', 'event-2']],
      ['flow#request-2', ['event-3']],
      ['time#2026-11-27', ['event-1', 'event-2']],
      ['time#2026-11-28', ['event-3']],
      ['id#parcel-1', []],
      ['id#parcel-1', []],
    ]);
  });

  test('fit into items, even if a batch has a thousand events with long ids', () => {
    const long = (of: string) => Array.from({ length: 15 }, (_, part) => sha256(`${of} ${part}`)).join('');
    const events = Array.from({ length: 1_000 }, (_, index) => {
      return read({ id: long(`event ${index}`), correlationId: long(`flow ${index}`) });
    });
    const entries = toEntries(events).map(({ item }) => item);
    expect(Math.max(...entries.map((item) => item.events?.length ?? 0))).toBeLessThan(MAX_DATA_BYTES);
    const lists = entries.filter(({ key }) => key.startsWith('time#'));
    expect(lists.flatMap(idsIn).sort()).toEqual(events.map(({ event }) => event.id).sort());
  });

  test('are sorted by the first event of a flow, and by the last arrival in a list', () => {
    const later = '2026-11-27T23:59:59.500Z';
    const [flow, list] = toEntries([read(), read({ id: 'event-2', sentAt: later })]);
    expect(flow?.item.entry).toMatch(/^2026-11-27T10:00:00.000Z#[0-9a-f]{16}$/);
    expect(list?.item.entry).toMatch(/^2026-11-27T23:59:59.500Z#[0-9a-f]{16}$/);
  });

  test('list events without their data, and with the place of it', () => {
    const [flow, list] = toEntries([read()]);
    const [listed] = unpackEvents<ListedEvent>(list?.item ?? {});
    expect(listed).toMatchObject({ id: 'event-1', storedIn: flow?.item.entry });
    expect(listed).not.toHaveProperty('data');
  });

  test('are the same for the same events in any order', () => {
    const [one, two] = [read(), read({ id: 'event-2' })];
    const keys = (entries: ReturnType<typeof toEntries>) => entries.map(({ item }) => [item.key, item.entry]);
    expect(keys(toEntries([two, one]))).toEqual(keys(toEntries([one, two])));
  });

  test('have other keys when an event is delivered again without the others', () => {
    const [one, two] = [read(), read({ id: 'event-2' })];
    const [together, listed] = toEntries([one, two]);
    const [alone, listedAlone] = toEntries([one]);
    expect(alone?.item.key).toBe(together?.item.key);
    expect(alone?.item.entry).not.toBe(together?.item.entry);
    expect(listedAlone?.item.entry).not.toBe(listed?.item.entry);
  });

  test('split the events of a flow that do not fit into one item', () => {
    const text = 'x'.repeat(200 * 1_024);
    const [first, second] = toEntries([read({ data: { text } }), read({ id: 'event-2', data: { text } })]);
    expect([idsIn(first?.item), idsIn(second?.item)]).toEqual([['event-1'], ['event-2']]);
  });

  test('take less than 1 KB for three events', () => {
    const ids = ['1', '2', '3'].map((digit) => `6f1d5e1${digit}-2b1c-4b7e-9a55-0d7c6a0e4f2${digit}`);
    const [flow] = toEntries(ids.map((id) => read({ id, data: { parcelId: ids[0], weight: 2, to: 'Berlin' } })));
    expect(flow?.item.events?.length).toBeLessThan(800);
  });

  test('expire 30 days after their last event arrived', () => {
    const [flow] = toEntries([read({ sentAt: '2026-11-26T10:00:00.000Z' }), read({ id: 'event-2' })]);
    expect(new Date((flow?.item.expiresAt ?? 0) * 1_000).toISOString()).toBe('2026-12-27T23:59:59.000Z');
  });
});

describe('the journal', () => {
  test('writes a batch in one call, each event once', async () => {
    const { calls, write } = table();
    const { batchItemFailures } = await new Journal(write, ['parcelId']).record([
      message(),
      message(),
      message({ id: 'event-2' }),
    ]);
    expect(calls.map((call) => call.map((item) => [item.key, idsIn(item)]))).toEqual([
      [
        ['flow#request-1', ['event-1', 'event-2']],
        ['time#2026-11-27', ['event-1', 'event-2']],
        ['id#parcel-1', []],
      ],
    ]);
    expect(batchItemFailures).toEqual([]);
  });

  test('writes the entry of an id only once', async () => {
    const { calls, write } = table();
    const journal = new Journal(write, ['parcelId']);
    await journal.record([message()]);
    await journal.record([message({ id: 'event-2' })]);
    expect(calls[1]?.map(({ key }) => key)).toEqual(['flow#request-1', 'time#2026-11-27']);
  });

  test('returns only the messages whose events were not written, with all their copies', async () => {
    const { write } = table(['event-2']);
    const other = { id: 'event-2', correlationId: 'request-2' };
    const copy = { ...message(other), messageId: 'copy' };
    const { batchItemFailures } = await new Journal(write, []).record([message(), message(other), copy]);
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'message of event-2' }, { itemIdentifier: 'copy' }]);
  });

  test('acknowledges a message that is not an event, without a call', async () => {
    const { calls, write } = table();
    expect(await new Journal(write, []).record([message({ body: 'hello' })])).toEqual({ batchItemFailures: [] });
    expect(calls).toEqual([]);
  });
});
