import { consumerOf } from '../lambdas/runtime/declare/declaration';
import type { ConsumerRuntime } from '../lambdas/runtime/runtime';
import { type Ref, type Store, TransactionCancelled, type Write } from '../lambdas/runtime/store/store';
import { perInstance } from '../test/simulation/handlers';
import type { Sabotage, SystemFactory } from '../test/simulation/system';
import { World } from '../test/simulation/world';
import { eventOf } from '../test/support/handler-world';
import { reserveFrom } from './functions/own/reserve-sharded-stock';
import { OrderCreated, reserveStock, stock } from './functions/own/service';
import { latencies } from './latency';
import { awsPace } from './pace';
import type { Effort, Report } from './report';

const ORDERS = 2_000;
/** The counters of the article, and the batches at one time. */
const SUBJECTS: readonly (readonly [shards: number, cap: number])[] = [
  [1, 20],
  [1, 2],
  [2, 20],
  [4, 20],
  [8, 20],
  [16, 20],
];
const SKU = 'teapot';
/** The share of the orders for which there is stock. */
const IN_STOCK = 0.9;
const LOOK_MS = 50;
/** The key's attribute of each table. */
const KEYS: Readonly<Record<string, string>> = { records: 'id', reservations: 'orderId', stock: 'sku' };
const NAME = consumerOf(reserveStock);
const SETTINGS = {
  attempts: 20,
  backoffSeconds: { base: 1, cap: 10 },
  timeoutSeconds: 30,
  visibilitySeconds: 180,
  batchSize: 10,
} as const;

interface Row {
  readonly cap: number;
  readonly shards: number;
  readonly seconds: number;
  readonly ordersPerSecond: number;
  readonly transactions: number;
  readonly conflicts: number;
  readonly reserved: number;
  readonly left: number;
  readonly deadLetters: number;
}

/** Sends many orders for one article at once, whose stock is one counter or several. @param effort its size is the number of orders */
export async function measureHotStock({ size = ORDERS }: Pick<Effort, 'size'>): Promise<Report> {
  const data: Row[] = [];
  for (const [shards, cap] of SUBJECTS) data.push(await run(shards, cap, size));
  const base = data[0]?.ordersPerSecond ?? Number.NaN;
  const head = [
    'counters',
    'batches at one time',
    'orders/s',
    'ratio',
    'conflicts (%)',
    'reserved',
    'left',
    'dead letters',
  ];
  const rows = data.map(({ shards, cap, ordersPerSecond, transactions, conflicts, reserved, left, deadLetters }) => [
    ...[shards, cap, ordersPerSecond.toFixed(0), (ordersPerSecond / base).toFixed(2)],
    ...[((conflicts / transactions) * 100).toFixed(0), reserved, left, deadLetters],
  ]);
  const title = `${size} orders for one article, of which ${Math.floor(size * IN_STOCK)} are in stock`;
  return { tables: [{ id: 'shards', title, head, rows }], data };
}

async function run(shards: number, cap: number, orders: number): Promise<Row> {
  const conflicts = new Conflicts();
  const sabotage: Sabotage = { runtime: (runtime) => ({ ...runtime, store: conflicts.watch(runtime) }) };
  const world = new World(systemWith(shards, cap), { seed: 1, only: new Set(), pace: awsPace, sabotage });
  const start = world.time.now;
  const inStock = Math.floor(orders * IN_STOCK);
  const counters = Array.from({ length: shards }, (_, shard) => {
    const available = Math.floor(inStock / shards) + (shard < inStock % shards ? 1 : 0);
    const sku = `${SKU}#${shard}`;
    return { kind: 'put', ref: stock(sku), item: { sku, available }, expected: 'absent' } as const;
  });
  await world.services.seed(reserveStock.service, counters);
  for (let order = 0; order < orders; order++) world.send(NAME, bodyOf(order));
  let endedAt = start;
  const look = () => {
    endedAt = world.time.now;
    if (world.loads().get(NAME)?.messages === 0) world.time.stop();
    else world.time.after(LOOK_MS, look);
  };
  look();
  await world.time.run();
  const seconds = (endedAt - start) / 1_000;
  const left = world.services.items<{ available: number }>(reserveStock.service, 'stock');
  return {
    shards,
    cap,
    seconds,
    ordersPerSecond: orders / seconds,
    transactions: conflicts.transactions,
    conflicts: conflicts.cancelled,
    reserved: world.services.items(reserveStock.service, 'reservations').length,
    left: left.reduce((sum, { available }) => sum + available, 0),
    deadLetters: world.deadLetters(),
  };
}

function systemWith(shards: number, maxConcurrency: number): SystemFactory {
  let instances = 0;
  return () => ({
    subscriptions: [
      {
        service: reserveStock.service,
        name: NAME,
        to: [OrderCreated],
        settings: { ...SETTINGS, maxConcurrency },
        run: perInstance(() => reserveFrom(shards, instances++ % shards)),
      },
    ],
    schedules: [],
    schemaOf: (table) => ({ key: KEYS[table.split('.')[1] ?? ''] ?? 'id' }),
    losableAs: () => undefined,
    begin: async () => {},
    findViolations: () => [],
    outcomes: () => ({}),
  });
}

function bodyOf(order: number): string {
  const data = {
    orderId: `order-${order}`,
    customerId: 'customer',
    lines: [{ sku: SKU, quantity: 1 }],
    total: { amount: 1, currency: 'EUR' },
  };
  const { source, name, detail } = eventOf(OrderCreated, data, `created-${order}`);
  return JSON.stringify({ source, 'detail-type': name, detail });
}

/** Cancels a transaction that writes an item of another transaction in flight, as DynamoDB does (`TransactionConflict`). */
class Conflicts {
  transactions = 0;
  cancelled = 0;
  private readonly inFlight = new Set<string>();

  watch({ store, sleep }: Pick<ConsumerRuntime, 'store' | 'sleep'>): Store {
    const transact = async (writes: readonly Write[]): Promise<void> => {
      this.transactions++;
      const ids = writes.map(({ ref }) => idOf(ref));
      const isBusy = ids.map((id) => this.inFlight.has(id));
      if (isBusy.includes(true)) {
        this.cancelled++;
        await sleep(latencies.TransactWriteItems ?? 0);
        throw new TransactionCancelled(isBusy.map((busy) => (busy ? 'conflict' : 'ok')));
      }
      for (const id of ids) this.inFlight.add(id);
      try {
        await store.transact(writes);
      } finally {
        for (const id of ids) this.inFlight.delete(id);
      }
    };
    return Object.create(store, { transact: { value: transact } }) as Store;
  }
}

function idOf({ table, key }: Ref): string {
  return `${table} ${JSON.stringify(key)}`;
}
