import { needsOf, scaleTable } from '../../../bench/scale';
import type { Use } from '../../../local/emulator/usage';

const ORDERS = 2;
const options = { serviceOfTable: () => 'orders', serviceOfQueue: () => 'orders' };
const invocation = (name: string, source: 'aws:sqs' | 'aws:dynamodb', records: number): Use => ({
  kind: 'invocation',
  function: name,
  memory: 512,
  startedAt: 0,
  milliseconds: 0,
  source,
  records,
  bytes: 0,
  logBytes: 0,
});
const event = { source: 'orders', name: 'OrderCreated', bytes: 500 };
const uses: readonly Use[] = [
  invocation('orders.advance-order', 'aws:sqs', 10),
  invocation('orders.check-order', 'aws:sqs', 1),
  invocation('orders.relay', 'aws:dynamodb', 4),
  { kind: 'events', by: 'orders.relay', operation: 'PutEvents', entries: [event, event, event, event] },
  { kind: 'delivery', from: 'events', queue: 'q', bytes: 500 },
  {
    kind: 'table',
    by: 'orders.advance-order',
    operation: 'PutItem',
    failed: false,
    reads: [],
    writes: [{ table: 't', bytes: 100, added: 100, indexUnits: 1 }],
  },
];

test('finds the busiest queue, table and relay, and what an order needs of them', () => {
  const needs = needsOf(uses, ORDERS, options, () => 'orders.orders');
  expect(needs).toMatchObject({
    events: 2,
    deliveries: 0.5,
    queue: { name: 'orders.advance-order', messages: 5 },
    table: { name: 'orders.orders', units: 1 },
    relay: { name: 'orders', records: 2 },
  });
  // An invocation of 2 ms, ten messages of 1 ms and a write of 6 ms.
  expect(needs.queue.batchSeconds).toBeCloseTo(0.018);
});

test('multiplies the needs by the rate of orders', () => {
  const { rows } = scaleTable(needsOf(uses, ORDERS, options, () => 'orders.orders'));
  expect(rows.find(([name]) => name === 'events per second')).toEqual([
    'events per second',
    '20',
    '2,000',
    '200,000',
    '10,000 (us-east-1)',
  ]);
});
