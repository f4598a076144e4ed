import { FlowIndex } from '../../../console/server/flow-index';

const START = Date.parse('2026-01-31T12:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1_000);
const subscribers = [
  { name: 'stock.reserve', to: ['orders.OrderCreated'] },
  { name: 'stock.remind', to: ['orders.OrderDue'] },
];

function event(id: string, name = 'OrderCreated', more = {}) {
  const metadata = {
    id,
    version: 1,
    correlationId: 'flow-1',
    causationId: 'request-1',
    occurredAt: at(0).toISOString(),
    traceparent: '-',
  };
  return { source: 'orders', name, detail: { metadata, data: { orderId: 'order-1' } }, ...more };
}

function indexWith(...events: object[]): FlowIndex {
  const index = new FlowIndex(subscribers);
  const processedAt = at(0).toISOString();
  const outbox = JSON.stringify(events);
  index.add({ id: 'orders.create#request-1', correlationId: 'flow-1', processedAt, outbox });
  return index;
}

const processed = { id: 'stock.reserve#event-1', correlationId: 'flow-1', processedAt: at(2).toISOString() };

describe('the index of flows', () => {
  test('is running until each subscriber has processed each event', () => {
    const index = indexWith(event('event-1'));
    expect(index.state('flow-1', at(1)).state).toBe('running');
    index.add(processed);
    expect(index.state('flow-1', at(3))).toEqual({ state: 'settled', stuckAt: [] });
  });

  test('is stuck at the subscriber that lets an event wait', () => {
    expect(indexWith(event('event-1')).state('flow-1', at(61))).toEqual({ state: 'stuck', stuckAt: ['stock.reserve'] });
  });

  test('is stuck at once at a dead letter, until it is processed', () => {
    const index = indexWith(event('event-1'));
    index.setDead(new Map([['stock.reserve#event-1', 'broken-contract']]));
    expect(index.state('flow-1', at(1)).stuckAt).toEqual(['stock.reserve']);
    index.add(processed);
    expect(index.state('flow-1', at(3)).state).toBe('settled');
  });

  test('does not wait for a reminder before it is due', () => {
    const index = indexWith(event('event-2', 'OrderDue', { channel: 'reminder', due: at(600).toISOString() }));
    expect(index.state('flow-1', at(100)).state).toBe('settled');
    expect(index.state('flow-1', at(601)).state).toBe('running');
  });

  test.each(['flow-1', 'event-1', 'request-1', 'order-1'])('finds a flow by %s', (id) => {
    expect(indexWith(event('event-1')).find(id)).toBe('flow-1');
  });

  test('finds nothing by an unknown id', () => {
    expect(indexWith(event('event-1')).find('nothing')).toBeUndefined();
  });

  test('takes a record once', () => {
    const index = indexWith(event('event-1'));
    expect(index.add(processed)).toBe(true);
    expect(index.add(processed)).toBe(false);
  });
});
