import type { SystemParts } from '../../test/simulation/system';
import { consume } from './consumption';
import { sampleSource } from './source';

const TIMEOUT = 600_000;

/** Capacity units for one order. Raise a figure only with a reason: its table shows where the units go. */
const BUDGETS = {
  alone: { orders: 1, flow: { write: 38, read: 26 }, books: { write: 9, read: 6 } },
  // Two batches of the books can meet at one order, which one of them then reads and writes again.
  'in a burst': { orders: 50, flow: { write: 36, read: 24 }, books: { write: 9.1, read: 6.1 } },
} as const;

let parts: SystemParts;

beforeAll(async () => {
  const { functions, ...source } = await sampleSource();
  const modules = await Promise.all(Object.entries(functions).map(async ([name, file]) => [name, await import(file)]));
  parts = { ...source, modules: Object.fromEntries(modules) };
}, TIMEOUT);

it.each(Object.entries(BUDGETS))(
  'reads and writes as few units of DynamoDB as before for an order: %s',
  async (_, { orders, ...budget }) => {
    const consumed = await consume(parts, orders);
    const over = (['flow', 'books'] as const).flatMap((part) =>
      (['write', 'read'] as const)
        .filter((kind) => consumed[part][kind] > budget[part][kind])
        .map((kind) => `${part}: ${consumed[part][kind]} ${kind} units, ${budget[part][kind]} allowed\n${consumed}`),
    );
    if (over.length > 0) throw new Error(over.join('\n'));
  },
  TIMEOUT,
);
