import { FlowIndex } from '../../../console/server/flow-index';
import type { ObservedEvent } from '../../../observe/flow';

const START = Date.parse('2026-01-31T12:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1_000);
const subscribers = [
  { name: 'stock.reserve', to: ['orders.OrderCreated'] },
  { name: 'stock.remind', to: ['orders.OrderDue'] },
];

function event(id: string, name = 'OrderCreated', more: Partial<ObservedEvent> = {}): ObservedEvent {
  return {
    ...{ id, source: 'orders', name, version: 1, correlationId: 'flow-1', causationId: 'request-1' },
    ...{ occurredAt: at(0).toISOString(), channel: 'bus', ...more },
  };
}

function indexWith(...events: ObservedEvent[]): FlowIndex {
  const index = new FlowIndex(subscribers);
  for (const one of events) index.add(one);
  return index;
}

const RECEIPT = 'stock.reserve#event-1';

describe('the index of flows', () => {
  test('is running until each subscriber has processed each event', () => {
    const index = indexWith(event('event-1'));
    expect(index.state('flow-1', at(1)).state).toBe('running');
    index.addReceipt(RECEIPT, at(2).toISOString());
    expect(index.state('flow-1', at(3))).toEqual({ state: 'settled', stuckAt: [] });
    expect(index.lastAt('flow-1')).toBe(at(2).toISOString());
  });

  test('is running until the events that its subscribers have emitted reach the journal', () => {
    const index = indexWith(event('event-1'));
    index.addReceipt(RECEIPT, at(2).toISOString(), ['event-2']);
    expect(index.state('flow-1', at(3)).state).toBe('running');
    expect(index.nextIncomplete(10)).toEqual(['flow-1']);
    index.add(event('event-2', 'StockReserved'));
    expect(index.nextIncomplete(10)).toEqual([]);
    expect(index.state('flow-1', at(4)).state).toBe('settled');
    index.add(event('event-3'));
    index.addReceipt('stock.reserve#event-3', at(5).toISOString(), ['event-2']);
    expect(index.state('flow-1', at(6)).state).toBe('settled');
  });

  test('is stuck at the subscriber that lets an event wait', () => {
    const index = indexWith(event('event-1'));
    expect(index.state('flow-1', at(61))).toEqual({ state: 'stuck', stuckAt: ['stock.reserve'] });
    expect(index.oldest(at(61))).toEqual(new Map([['stock.reserve', 61]]));
  });

  test('is stuck at once at a dead letter, until it is processed', () => {
    const index = indexWith(event('event-1'));
    index.setDead(new Map([[RECEIPT, 'broken-contract']]));
    expect(index.state('flow-1', at(1)).stuckAt).toEqual(['stock.reserve']);
    index.addReceipt(RECEIPT, at(2).toISOString());
    expect(index.state('flow-1', at(3)).state).toBe('settled');
  });

  test('does not wait for an event that an edited copy replaces', () => {
    const edited = { of: 'event-1', for: 'stock.reserve', by: 'ada' };
    const index = indexWith(event('event-1'), event('event-2', 'OrderCreated', { edited }));
    index.addReceipt('stock.reserve#event-2', at(2).toISOString());
    expect(index.state('flow-1', at(100)).state).toBe('settled');
  });

  test('does not wait for a reminder before it is due', () => {
    const due = at(600).toISOString();
    const index = indexWith(event('event-2', 'OrderDue', { channel: 'reminder', due }));
    expect(index.state('flow-1', at(100)).state).toBe('settled');
    expect(index.nextPending(10, at(100))).toEqual([]);
    expect(index.state('flow-1', at(601)).state).toBe('running');
    expect(index.nextPending(10, at(601))).toHaveLength(1);
  });

  test.each(['flow-1', 'event-1'])('finds a flow by %s', (id) => {
    expect(indexWith(event('event-1')).find(id)).toBe('flow-1');
  });

  test('finds nothing by an unknown id', () => {
    expect(indexWith(event('event-1')).find('nothing')).toBeUndefined();
  });

  test('takes an event and a receipt once', () => {
    const index = indexWith(event('event-1'));
    expect(index.add(event('event-1'))).toBe(false);
    expect(index.addReceipt(RECEIPT, at(2).toISOString())).toBe(true);
    expect(index.addReceipt(RECEIPT, at(2).toISOString())).toBe(false);
  });

  test('looks for all missing receipts in turn', () => {
    const index = indexWith(event('event-1'), event('event-2'), event('event-3'));
    const ids = () => index.nextPending(2, at(1)).map((pending) => pending.event.id);
    expect([ids(), ids()]).toEqual([
      ['event-1', 'event-2'],
      ['event-3', 'event-1'],
    ]);
  });

  test('looks for the receipts of new events before those of old ones', () => {
    const index = indexWith();
    index.add(event('event-1'), true);
    index.add(event('event-2'));
    expect(index.nextPending(1, at(1)).map((pending) => pending.event.id)).toEqual(['event-2']);
  });

  test('does not call an old event stuck before it has looked for its receipt', () => {
    const index = indexWith();
    index.add(event('event-1'), true);
    expect(index.state('flow-1', at(100)).state).toBe('settled');
    index.looked(index.nextPending(1, at(100)));
    expect(index.state('flow-1', at(100)).state).toBe('stuck');
  });

  test('lists flows by their first event, which the journal can return last', () => {
    const index = indexWith(
      event('event-3', 'OrderCreated', { occurredAt: at(9).toISOString() }),
      event('event-2', 'OrderCreated', { occurredAt: at(5).toISOString(), correlationId: 'flow-2' }),
      event('event-1'),
    );
    expect(index.ids()).toEqual(['flow-2', 'flow-1']);
  });

  test('lists the latest flow first, and drops the oldest of more than 20,000', () => {
    const index = new FlowIndex(subscribers);
    for (let flow = 0; flow < 20_010; flow++) {
      const occurredAt = at(flow).toISOString();
      index.add(event(`event-${flow}`, 'OrderCreated', { correlationId: `flow-${flow}`, occurredAt }));
    }
    expect(index.ids().slice(0, 2)).toEqual(['flow-20009', 'flow-20008']);
    expect(index.counts(at(20_009))).toEqual({ running: 61, stuck: 17_948, settled: 0 });
    expect(index.find('event-0')).toBeUndefined();
  });
});
