import { type BillOptions, byLine, chargesFor, sumUp, total, writeUnits } from '../../../bench/bill';
import { dollarsOf, PRICE_LIST, prices } from '../../../bench/prices';
import type { Use } from '../../../local/emulator/usage';

const options: BillOptions = { serviceOfTable: () => 'stock', serviceOfQueue: () => 'orders' };
const write = (bytes: number, added = 0, indexUnits = 0) => ({ table: 'items', bytes, added, indexUnits });
const table = (operation: string, part: Partial<Extract<Use, { kind: 'table' }>>): Use => ({
  kind: 'table',
  by: 'orders.advance',
  operation,
  failed: false,
  writes: [],
  reads: [],
  ...part,
});
const invocation: Use = {
  kind: 'invocation',
  function: 'orders.advance',
  memory: 1_024,
  startedAt: 0,
  milliseconds: 900,
  source: 'aws:sqs',
  records: 23,
  bytes: 100,
  logBytes: 0,
};
const quantity = (uses: readonly Use[], line: string, given = options) =>
  chargesFor(uses, given)
    .filter((charge) => charge.line === line)
    .reduce((sum, charge) => sum + charge.quantity, 0);

test('counts each started KB of a write, twice in a transaction, and those of indexes once', () => {
  expect(writeUnits({ operation: 'PutItem', writes: [write(1_024), write(1_025)] })).toEqual([1, 2]);
  expect(writeUnits({ operation: 'TransactWriteItems', writes: [write(1_025, 0, 1)] })).toEqual([5]);
});

test('counts each started 4 KB of a read, half as much if it is eventually consistent', () => {
  const reads = [
    { table: 'items', bytes: 0, consistent: true },
    { table: 'items', bytes: 4_097, consistent: false },
  ];
  expect(quantity([table('BatchGetItem', { reads })], 'readUnits')).toBe(1 + 1);
});

test('charges a failed write, but stores nothing', () => {
  const uses = [table('PutItem', { failed: true, writes: [write(10, 10)] })];
  expect(quantity(uses, 'writeUnits')).toBe(1);
  expect(quantity(uses, 'tableStorage')).toBe(0);
});

test('counts each started 64 KB of an event or a message', () => {
  const entries = [1, 64 * 1_024, 64 * 1_024 + 1].map((bytes) => ({ source: 'orders', name: 'OrderCreated', bytes }));
  expect(quantity([{ kind: 'events', by: 'orders.relay', operation: 'PutEvents', entries }], 'events')).toBe(4);
  expect(quantity([{ kind: 'delivery', from: 'events', queue: 'q', bytes: 65_537 }], 'queueRequests')).toBe(2);
});

test('counts a receive and a delete for every ten messages of a batch', () => {
  expect(quantity([invocation], 'queueRequests')).toBe(3 + 3);
});

test('bills a duration from the calls of a function, not from the time that the emulator took', () => {
  const calls = [table('GetItem', {}), table('TransactWriteItems', {})];
  const milliseconds = quantity([invocation, ...calls], 'gigabyteSeconds') * 1_000;
  // Of the invocation and 23 messages, of a read, and of a transaction.
  expect(milliseconds).toBeCloseTo(2 + 23 + 4 + 16);
  const waits = { 'orders.advance': 100 };
  expect(quantity([invocation], 'gigabyteSeconds', { ...options, waits }) * 1_000).toBeCloseTo(2 + 23 * 101);
});

test('adds up the quantities of a service, and of a line', () => {
  const one = { service: 'orders', line: 'events', quantity: 1 } as const;
  const charges = sumUp([one, one, { ...one, service: 'stock' }]);
  expect(charges).toEqual([
    { ...one, quantity: 2 },
    { ...one, service: 'stock', quantity: 1 },
  ]);
  expect(byLine(charges)).toEqual([{ service: '', line: 'events', quantity: 3 }]);
  expect(total(charges)).toBeCloseTo(3e-6);
});

test('prices a million units', () => {
  expect(dollarsOf('writeUnits', 1_000_000)).toBe(0.625);
  expect(dollarsOf('transitions', 1_000_000)).toBe(25);
});

test('names an AWS page for each price, and the month in which they were checked', () => {
  for (const { page } of Object.values(prices)) expect(page).toMatch(/^https:\/\/aws\.amazon\.com\/.+\/pricing\//);
  expect(PRICE_LIST.month).toMatch(/^\d{4}-\d{2}$/);
});
