import type { Use } from '../../local/emulator/usage';
import type { BillOptions } from '../bill';
import { OUTSIDE_CALL_MS } from '../latency';

/** Sizes of the peers' items and events in bytes. All items fit into one write unit. */
const ITEM = 900;
const EVENT = 900;
/** A line like those of our consumers. */
const LOG = 300;
const MEMORY = 512;

const CHARGE = 'payments.charge';
const NOTIFY = 'callbacks.notify-customer';

/** The peers' tables and queues have the names of their services. */
export const peerOptions: BillOptions = {
  serviceOfTable: (table) => table,
  serviceOfQueue: (queue) => queue,
  waits: { [CHARGE]: OUTSIDE_CALL_MS, [NOTIFY]: OUTSIDE_CALL_MS },
};

/** Writes of whole items: in one transaction, or one by one. */
export function writes(by: string, operation: string, table: string, items = 1): Use {
  const write = { table, bytes: ITEM, added: operation === 'UpdateItem' ? 0 : ITEM, indexUnits: 0 };
  return { kind: 'table', by, operation, failed: false, reads: [], writes: Array.from({ length: items }, () => write) };
}

export function invocation(name: string, source: 'http' | 'aws:sqs' | 'schedule' = 'schedule'): Use {
  const records = source === 'aws:sqs' ? 1 : 0;
  const bytes = records * EVENT;
  return {
    kind: 'invocation',
    function: name,
    memory: MEMORY,
    startedAt: 0,
    milliseconds: 0,
    source,
    records,
    bytes,
    logBytes: LOG,
  };
}

/** A request for an order, checked by a function that starts the process. */
export const accept: readonly Use[] = [invocation('orders.place-order', 'http'), call('orders.place-order', 'Start')];

/** The bank's webhook: stores the outcome, and resumes the process. */
export const resume: readonly Use[] = [
  invocation('payments.receive-callback', 'http'),
  writes('payments.receive-callback', 'UpdateItem', 'payments'),
  call('payments.receive-callback', 'Resume'),
];

/** Asks the bank, and keeps the token with which its webhook resumes the process. */
export const charge: readonly Use[] = [writes(CHARGE, 'PutItem', 'payments')];

/** The outcome's event, and the subscriber that the books of reconciliation need. */
export function outcome(by: string): Use[] {
  return [
    {
      kind: 'events',
      by,
      operation: 'PutEvents',
      entries: [{ source: 'orders', name: 'OrderCompleted', bytes: EVENT }],
    },
    { kind: 'delivery', from: 'events', queue: 'books', bytes: EVENT },
    invocation('books.record-order', 'aws:sqs'),
    writes('books.record-order', 'PutItem', 'books'),
  ];
}

/** Functions that a process calls. */
export const functions: Readonly<Record<string, readonly Use[]>> = {
  charge: [invocation(CHARGE), ...charge],
  'notify-customer': [invocation(NOTIFY)],
};

/** A call that costs its caller only time. */
function call(by: string, operation: string): Use {
  return { kind: 'table', by, operation, failed: false, reads: [], writes: [] };
}
