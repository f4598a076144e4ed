import type { OutgoingEvent } from '../../../lambdas/runtime/events/envelope';
import { type EntryResult, type Publisher, publish } from '../../../lambdas/runtime/publish/publish';
import type { ProcessedRecord } from '../../../lambdas/runtime/work/commit';
import { Answered } from '../../support/batch-world';
import { eventOf } from '../../support/handler-world';

const published: EntryResult = { kind: 'published' };
const failed: EntryResult = { kind: 'failed', error: 'ThrottlingException' };
const refused: EntryResult = { kind: 'refused', error: 'MalformedDetail' };

/** A bus that answers as it is told, and remembers what was sent. */
class Bus implements Publisher {
  readonly calls: string[][] = [];
  readonly sent: string[] = [];
  readonly setAsideEvents: { id: string; recordId: string; error: string }[] = [];
  readonly slept: number[] = [];
  readonly random = () => 1;
  readonly log = { info: () => {}, warn: () => {}, error: () => {} };

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

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds);
  }
}

function record(id: string, events: number, text = 'x'): ProcessedRecord {
  const outbox = Array.from({ length: events }, (_, index) => eventOf(Answered, { id: text }, `${id}${index + 1}`));
  return { id, correlationId: '', processedAt: '', expiresAt: 0, outbox: JSON.stringify(outbox) };
}

describe('the relay', () => {
  test('publishes every event of every record, those of one record in their order', async () => {
    const bus = new Bus();
    expect(await publish([record('a', 3), record('b', 1)], bus)).toEqual({ published: 4, setAside: 0 });
    expect(bus.calls).toEqual([['a1', 'b1'], ['a2'], ['a3']]);
  });

  test('makes the calls of one round side by side', async () => {
    const bus = new Bus();
    const begun: (() => void)[] = [];
    const send = bus.send.bind(bus);
    // Each call is answered only when the other one was made, too.
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

  test('ends with what one call threw, after the others are over', async () => {
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

  test('takes ten entries in a call, and no more', async () => {
    const bus = new Bus();
    await publish(
      Array.from({ length: 23 }, (_, index) => record(`r${index}-`, 1)),
      bus,
    );
    expect(bus.calls.map((call) => call.length)).toEqual([10, 10, 3]);
  });

  test('takes 1 MB in a call, and no more', async () => {
    const bus = new Bus();
    await publish(
      ['a', 'b', 'c'].map((id) => record(id, 1, 'x'.repeat(380_000))),
      bus,
    );
    expect(bus.calls).toEqual([['a1', 'b1'], ['c1']]);
  });

  test('sends only failed entries again, and what is behind them in their record after them', async () => {
    const bus = new Bus((id, times) => (id === 'b1' && times < 3 ? failed : published));
    await publish([record('a', 2), record('b', 2), record('c', 1)], bus);
    expect(bus.sent).toEqual(['a1', 'c1', 'a2', 'b1', 'b2']);
    expect(bus.calls.flat().filter((id) => id === 'a1')).toHaveLength(1);
  });

  test('waits longer and longer while nothing moves', async () => {
    const bus = new Bus((_id, times) => (times < 5 ? failed : published));
    await publish([record('a', 1)], bus);
    expect(bus.slept).toEqual([100, 200, 400, 800]);
  });

  test('fails when nothing moves any more, so that the stream brings the records again', async () => {
    const bus = new Bus(() => failed);
    await expect(publish([record('a', 1)], bus)).rejects.toThrow(/ThrottlingException/);
    expect(bus.setAsideEvents).toEqual([]);
  });

  test('sets a refused event aside alone, with its record’s key, and lets the rest flow', async () => {
    const bus = new Bus((id) => (id === 'a1' ? refused : published));
    const records = [record('a', 2), ...Array.from({ length: 9 }, (_, index) => record(`r${index}-`, 1))];
    expect(await publish(records, bus)).toEqual({ published: 10, setAside: 1 });
    expect(bus.setAsideEvents).toEqual([{ id: 'a1', recordId: 'a', error: 'MalformedDetail' }]);
    expect(bus.sent).toContain('a2');
  });

  test('does not go on when an event cannot be set aside: nothing may be lost', async () => {
    const bus = new Bus(() => refused);
    jest.spyOn(bus, 'setAside').mockRejectedValue(new Error('no connection'));
    await expect(publish([record('a', 1)], bus)).rejects.toThrow('no connection');
  });

  test('counts an entry without an answer as failed', async () => {
    const bus = new Bus();
    jest.spyOn(bus, 'send').mockResolvedValueOnce([]);
    expect(await publish([record('a', 1)], bus)).toEqual({ published: 1, setAside: 0 });
  });
});
