import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import type { Unreadable } from '../../../lambdas/runtime/events/outbox';
import { type EntryResult, type Publisher, publish } from '../../../lambdas/runtime/publish/publish';
import { entryBytes } from '../../../lambdas/runtime/publish/sizes';
import type { ProcessedRecord } from '../../../lambdas/runtime/work/commit';
import { Answered } from '../../support/batch-world';
import { eventOf } from '../../support/handler-world';

const published: EntryResult = { kind: 'published' };
const failed: EntryResult = { kind: 'failed', error: 'ThrottlingException' };
const refused: EntryResult = { kind: 'refused', error: 'MalformedDetail' };

/** A publisher whose results a test chooses, which records the calls. */
class Bus implements Publisher {
  readonly calls: string[][] = [];
  readonly sent: string[] = [];
  readonly setAsideEvents: { id: string; recordId: string; error: string }[] = [];
  readonly slept: number[] = [];
  readonly random = () => 1;
  readonly logged: object[] = [];
  readonly log = {
    info: (message: string, fields: object = {}) => void this.logged.push({ level: 'info', message, ...fields }),
    warn: () => {},
    error: (message: string, fields: object = {}) => void this.logged.push({ level: 'error', message, ...fields }),
  };

  constructor(private readonly answer: (id: string, times: number) => EntryResult = () => published) {}

  async send(events: readonly OutgoingEvent[]): Promise<readonly EntryResult[]> {
    const ids = events.map(({ detail }) => detail.metadata.id);
    this.calls.push(ids);
    return ids.map((id) => {
      const result = this.answer(id, this.calls.flat().filter((one) => one === id).length);
      if (result.kind === 'published') this.sent.push(id);
      return result;
    });
  }

  async setAside({ detail }: OutgoingEvent, recordId: string, error: string): Promise<void> {
    this.setAsideEvents.push({ id: detail.metadata.id, recordId, error });
  }

  async setAsideUnreadable({ content, problem }: Unreadable, recordId: string): Promise<void> {
    this.setAsideEvents.push({ id: content, recordId, error: problem });
  }

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds);
  }
}

function record(id: string, events: number, text = 'x'): ProcessedRecord {
  const outbox = Array.from({ length: events }, (_, index) => eventOf(Answered, { id: text }, `${id}${index + 1}`));
  return { id, correlationId: '', processedAt: '', expiresAt: 0, outbox: JSON.stringify(outbox) };
}

describe('publish', () => {
  test('publishes every event of every record, the events of one record in order', async () => {
    const bus = new Bus();
    expect(await publish([record('a', 3), record('b', 1)], bus)).toEqual({ published: 4, setAside: 0 });
    expect(bus.calls).toEqual([['a1', 'b1'], ['a2'], ['a3']]);
  });

  test('makes the calls of one round in parallel', async () => {
    const bus = new Bus();
    const begun: (() => void)[] = [];
    const send = bus.send.bind(bus);
    // Each call is answered only after the other one was made.
    bus.send = async (events) => {
      await new Promise<void>((go) => {
        begun.push(go);
        if (begun.length === 2) for (const each of begun) each();
      });
      return send(events);
    };
    const records = Array.from({ length: 20 }, (_, index) => record(`r${index}-`, 1));
    expect(await publish(records, bus)).toEqual({ published: 20, setAside: 0 });
  });

  test('throws the error of one call after the other calls have ended', async () => {
    const bus = new Bus((id) => (id === 'r0-1' ? refused : published));
    bus.setAside = async () => {
      throw new Error('no connection');
    };
    const send = bus.send.bind(bus);
    bus.send = async (events) => {
      const isLate = events[0]?.detail.metadata.id === 'r10-1';
      if (isLate) await new Promise(setImmediate);
      return send(events);
    };
    const records = Array.from({ length: 12 }, (_, index) => record(`r${index}-`, 1));
    await expect(publish(records, bus)).rejects.toThrow('no connection');
    expect(bus.sent).toContain('r11-1');
  });

  test('sends at most ten events in a call', async () => {
    const bus = new Bus();
    await publish(
      Array.from({ length: 23 }, (_, index) => record(`r${index}-`, 1)),
      bus,
    );
    expect(bus.calls.map((call) => call.length)).toEqual([10, 10, 3]);
  });

  test.each([
    ['at most 1 MB in a call, counted as EventBridge counts', 0, [['a1', 'b1', 'c1']]],
    ['one byte more in another call', 1, [['a1', 'b1'], ['c1']]],
  ])('sends %s', async (_, more, calls) => {
    const bus = new Bus();
    const overhead = entryBytes(eventOf(Answered, { id: '' }, 'a1'));
    // Two bytes for each character: the limit is not one of characters.
    const sized = (id: string, bytes: number) => {
      const text = bytes - overhead;
      return record(id, 1, `${'é'.repeat(text / 2)}${'x'.repeat(text % 2)}`);
    };
    const third = Math.floor((1024 * 1024) / 3);
    const records = [sized('a', third), sized('b', third), sized('c', 1024 * 1024 - 2 * third + more)];
    await publish(records, bus);
    expect(bus.calls).toEqual(calls);
  });

  test('retries only the failed events, before the events behind them in their record', async () => {
    const bus = new Bus((id, times) => (id === 'b1' && times < 3 ? failed : published));
    await publish([record('a', 2), record('b', 2), record('c', 1)], bus);
    expect(bus.sent).toEqual(['a1', 'c1', 'a2', 'b1', 'b2']);
    expect(bus.calls.flat().filter((id) => id === 'a1')).toHaveLength(1);
  });

  test('backs off exponentially while nothing is published', async () => {
    const bus = new Bus((_id, times) => (times < 5 ? failed : published));
    await publish([record('a', 1)], bus);
    expect(bus.slept).toEqual([100, 200, 400, 800]);
  });

  test('throws after nine rounds without progress, so that the stream’s batch is retried', async () => {
    const bus = new Bus(() => failed);
    await expect(publish([record('a', 1)], bus)).rejects.toThrow(
      'Publishing stopped after 9 rounds without progress: ThrottlingException',
    );
    expect(bus.calls).toHaveLength(9);
    expect(bus.setAsideEvents).toEqual([]);
  });

  test.each([
    ['published', published],
    ['set aside', refused],
  ])('goes on for as long as any event is %s, with the first pause again', async (_, progress) => {
    const bus = new Bus((id, times) => (id === 'a1' && times <= 20 ? failed : id === 'a1' ? published : progress));
    const { published: count, setAside } = await publish([record('a', 1), record('b', 20)], bus);
    expect(count + setAside).toBe(21);
    expect(bus.slept).toEqual(Array(20).fill(100));
  });

  test('retries after a failure in any of several calls', async () => {
    const bus = new Bus((id) => (id === 'r11-1' ? failed : published));
    const records = Array.from({ length: 12 }, (_, index) => record(`r${index}-`, 1));
    await expect(publish(records, bus)).rejects.toThrow('ThrottlingException');
    expect(bus.sent).toHaveLength(11);
    expect(bus.calls).toHaveLength(10);
  });

  test('goes on for as long as one of several calls has a success', async () => {
    const bus = new Bus((id, times) => (id === 'late1' && times <= 20 ? failed : published));
    const records = Array.from({ length: 10 }, (_, index) => record(`r${index}-`, 20));
    expect(await publish([...records, record('late', 1)], bus)).toMatchObject({ published: 201 });
  });

  test('retries an event that was not answered', async () => {
    const bus = new Bus();
    bus.send = async () => [];
    await expect(publish([record('a', 1)], bus)).rejects.toThrow('there was no answer for this entry');
  });

  const { correlationId } = eventOf(Answered, { id: 'x' }, 'a1').detail.metadata;
  const idsOf = (eventId: string) => ({ event: 'Answered', eventId, correlationId });

  test('logs the events that one call has published in one line, with the ids that lead to them', async () => {
    const bus = new Bus((id, times) => (id === 'b1' && times === 1 ? failed : published));
    await publish([record('a', 2), record('b', 1), record('c', 1)], bus);
    expect(bus.logged).toEqual([
      { level: 'info', message: 'published', events: [idsOf('a1'), idsOf('c1')] },
      { level: 'info', message: 'published', events: [idsOf('a2'), idsOf('b1')] },
    ]);
  });

  test('logs each event that it sets aside in a line of its own, with the key of its record', async () => {
    const bus = new Bus((id) => (id.startsWith('a') ? refused : published));
    await publish([record('a', 2), { ...record('b', 0), outbox: 'no JSON' }], bus);
    const inA = { level: 'error', message: 'set aside', recordId: 'a', error: 'MalformedDetail' };
    expect(bus.logged).toEqual([
      { level: 'error', message: 'set aside', recordId: 'b', error: expect.stringContaining('JSON') },
      { ...inA, ...idsOf('a1') },
      { ...inA, ...idsOf('a2') },
    ]);
  });

  test('logs what it has published although another event of the call cannot be parked', async () => {
    const bus = new Bus((id) => (id === 'a1' ? refused : published));
    jest.spyOn(bus, 'setAside').mockRejectedValue(new Error('no connection'));
    await expect(publish([record('a', 1), record('b', 1)], bus)).rejects.toThrow('no connection');
    expect(bus.logged).toEqual([{ level: 'info', message: 'published', events: [idsOf('b1')] }]);
  });

  test('parks a refused event alone, with its record’s key, and publishes the others', async () => {
    const bus = new Bus((id) => (id === 'a1' ? refused : published));
    const records = [record('a', 2), ...Array.from({ length: 9 }, (_, index) => record(`r${index}-`, 1))];
    expect(await publish(records, bus)).toEqual({ published: 10, setAside: 1 });
    expect(bus.setAsideEvents).toEqual([{ id: 'a1', recordId: 'a', error: 'MalformedDetail' }]);
    expect(bus.sent).toContain('a2');
  });

  test('throws when an event cannot be parked: it would be lost', async () => {
    const bus = new Bus(() => refused);
    jest.spyOn(bus, 'setAside').mockRejectedValue(new Error('no connection'));
    await expect(publish([record('a', 1)], bus)).rejects.toThrow('no connection');
  });

  test('retries an event without a result', async () => {
    const bus = new Bus();
    jest.spyOn(bus, 'send').mockResolvedValueOnce([]);
    expect(await publish([record('a', 1)], bus)).toEqual({ published: 1, setAside: 0 });
  });

  test.each<[string, string, string[]]>([
    ['is not JSON', '[{"source":', ['[{"source":']],
    ['is no list', '{"events":7}', ['{"events":7}']],
    ['holds something else', '[null,"text",{"source":"a"}]', ['null', '"text"', '{"source":"a"}']],
  ])('parks an outbox that %s, with its record’s key, and publishes the others', async (_, outbox, parts) => {
    const bus = new Bus();
    const count = await publish([record('a', 1), { id: 'poison', outbox }, record('b', 1)], bus);
    expect(count).toEqual({ published: 2, setAside: parts.length });
    expect(bus.setAsideEvents.map(({ id, recordId }) => [id, recordId])).toEqual(parts.map((part) => [part, 'poison']));
    expect(bus.sent).toEqual(['a1', 'b1']);
  });

  test.each<[string, (event: OutgoingEvent) => object]>([
    ['has no metadata', (event) => ({ ...event, detail: { data: {} } })],
    ['occurred at no time', ({ detail, ...event }) => withMetadata(event, { ...detail.metadata, occurredAt: 'never' })],
    ['has no id', ({ detail, ...event }) => withMetadata(event, { ...detail.metadata, id: undefined })],
    ['has no correlation id', ({ detail, ...event }) => withMetadata(event, { ...detail.metadata, correlationId: 5 })],
    ['is due at no time', (event) => ({ ...event, channel: 'reminder', due: 'soon' })],
  ])(
    'parks an event that %s, which no channel could send, and publishes the others of its record',
    async (_, breakIt) => {
      const bus = new Bus();
      const good = eventOf(Answered, { id: 'x' }, 'good');
      const outbox = JSON.stringify([breakIt(eventOf(Answered, { id: 'x' }, 'bad')), good]);
      expect(await publish([{ id: 'a', outbox }], bus)).toEqual({ published: 1, setAside: 1 });
      expect(bus.sent).toEqual(['good']);
    },
  );
});

function withMetadata(event: Omit<OutgoingEvent, 'detail'>, metadata: object): object {
  return { ...event, detail: { metadata, data: {} } };
}
