import { asPowertools } from '../../../bench/peers/powertools';
import { enteredStates, orderSaga, type StateMachine, sagaCharges, withoutBooks } from '../../../bench/peers/saga';
import type { Use } from '../../../local/emulator/usage';

const write = (table: string) => ({ table, bytes: 1_500, added: 1_500, indexUnits: 0 });
const commit: Use = {
  kind: 'table',
  by: 'orders.advance',
  operation: 'TransactWriteItems',
  failed: false,
  reads: [],
  writes: [write('records'), write('orders')],
};
const invocation = (name: string): Use => ({
  kind: 'invocation',
  function: name,
  memory: 512,
  startedAt: 0,
  milliseconds: 0,
  source: 'aws:sqs',
  records: 1,
  bytes: 0,
  logBytes: 0,
});

describe('a state machine', () => {
  test('enters a parallel state, each state of its branches, and the states of the chosen path', () => {
    const machine: StateMachine = {
      StartAt: 'Both',
      States: {
        Both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'One', States: { One: { Type: 'Pass', End: true } } },
            { StartAt: 'Two', States: { Two: { Type: 'Pass', End: true } } },
          ],
          Next: 'Choose',
        },
        Choose: { Type: 'Choice', Choices: [{ Next: 'Rare' }], Default: 'Usual' },
        Rare: { Type: 'Pass', Next: 'Usual' },
        Usual: { Type: 'Succeed' },
      },
    };
    expect(enteredStates(machine, new Set())).toEqual(['Both', 'One', 'Two', 'Choose', 'Usual']);
    expect(enteredStates(machine, new Set(['Choose']))).toContain('Rare');
  });

  test('does not compensate a completed order', () => {
    expect(enteredStates(orderSaga(), new Set(['HasCallback']))).not.toContain('Compensate');
  });

  test('is charged for a callback in the share of orders that have one', () => {
    const transitions = (share: number) =>
      sagaCharges(orderSaga(), share).find(({ line }) => line === 'transitions')?.quantity ?? 0;
    expect(transitions(1) - transitions(0)).toBe(1);
    expect(transitions(0.5) - transitions(0)).toBeCloseTo(0.5);
  });

  test('without books, does not publish the outcome, and enters all other states', () => {
    const states = (machine: StateMachine) => enteredStates(machine, new Set(['HasCallback']));
    expect(states(withoutBooks(orderSaga()))).toEqual(states(orderSaga()).filter((name) => name !== 'PublishOutcome'));
    const charges = sagaCharges(withoutBooks(orderSaga()), 1);
    expect(charges.filter(({ service, line }) => service === 'books' || line === 'events')).toEqual([]);
  });
});

describe('Powertools consumers', () => {
  const isRecords = (table: string) => table === 'records';

  test('write two idempotency records for each message, and each item alone', () => {
    const uses = asPowertools([commit], isRecords);
    expect(uses.map((use) => use.kind === 'table' && [use.operation, use.writes[0]?.table])).toEqual([
      ['PutItem', 'records'],
      ['UpdateItem', 'records'],
      ['PutItem', 'orders'],
    ]);
  });

  test('write two idempotency records for a message whose receipt is in our item, and their item without it', () => {
    const writes = [{ ...write('orders'), kept: { messages: 1, bytes: 600, added: 300 } }];
    const [first, second, item, ...more] = asPowertools(
      [{ ...commit, operation: 'PutItem', writes } as Use],
      isRecords,
    );
    expect([first, second].map((use) => use?.kind === 'table' && use.operation)).toEqual(['PutItem', 'UpdateItem']);
    expect(item).toMatchObject({ operation: 'PutItem', writes: [{ table: 'orders', bytes: 900, added: 1_200 }] });
    expect(more).toEqual([]);
  });

  test('write no record more for a message that has a record and a receipt, because our item had no room', () => {
    const writes = [write('records'), { ...write('orders'), kept: { messages: 1, bytes: 600, added: 300 } }];
    expect(asPowertools([{ ...commit, writes } as Use], isRecords)).toHaveLength(3);
  });

  test('publish their events themselves, without a relay', () => {
    const entries = ['OrderCreated', 'OrderConfirmed'].map((name) => ({ source: 'orders', name, bytes: 500 }));
    const uses = asPowertools(
      [
        invocation('orders.advance'),
        invocation('orders.relay'),
        { kind: 'events', by: 'orders.relay', operation: 'PutEvents', entries },
      ],
      isRecords,
    );
    expect(uses.filter(({ kind }) => kind === 'invocation')).toEqual([invocation('orders.advance')]);
    expect(uses.flatMap((use) => (use.kind === 'events' ? [[use.by, use.entries.length]] : []))).toEqual([
      ['orders.advance', 1],
      ['orders.advance', 1],
    ]);
  });

  test('cancel no transactions', () => {
    expect(asPowertools([{ ...commit, failed: true } as Use], isRecords)).toEqual([]);
  });
});
