import type { Use } from '../local/emulator/usage';
import { type BillOptions, secondsByFunction, writeUnits } from './bill';
import { INVOCATION_MS, latencies, MESSAGE_MS } from './latency';
import type { Table } from './report';

/** The orders per second that the table shows. */
const RATES = [10, 1_000, 100_000];
const RELAY = '.relay';
/** Records in a relay's batch, and events in a call of `PutEvents`. */
const RELAY_BATCH = 100;
const EVENTS_PER_CALL = 10;
/** Messages in a batch of a subscription. */
const QUEUE_BATCH = 10;
/** Write units per second of a partition (DynamoDB Developer Guide, "Best practices for designing partition keys"). */
const PARTITION_UNITS = 1_000;

/** What one order needs of a system, as a run has shown. */
export interface Needs {
  readonly events: number;
  readonly deliveries: number;
  readonly requests: number;
  /** Of the busiest subscription: its messages, and the seconds of a full batch. */
  readonly queue: { readonly name: string; readonly messages: number; readonly batchSeconds: number };
  /** Seconds of all functions. */
  readonly functionSeconds: number;
  readonly table: { readonly name: string; readonly units: number };
  /** Of the busiest relay: its records. */
  readonly relay: { readonly name: string; readonly records: number };
  /** Records per second that a relay publishes from one shard, one batch after the other. */
  readonly recordsPerShard: number;
}

/** Returns what an order of a run needed. @param nameOf the name of a table for readers */
export function needsOf(
  uses: readonly Use[],
  orders: number,
  options: BillOptions,
  nameOf: (table: string) => string,
): Needs {
  const count = (kind: Use['kind']) => uses.filter((use) => use.kind === kind).length / orders;
  const events = sum(uses.map((use) => (use.kind === 'events' ? use.entries.length : 0))) / orders;
  const messages = new Map<string, number>();
  const records = new Map<string, number>();
  const units = new Map<string, number>();
  const published = new Map<string, number>();
  for (const use of uses) {
    if (use.kind === 'invocation' && use.source === 'aws:sqs') add(messages, use.function, use.records / orders);
    if (use.kind === 'invocation' && use.source === 'aws:dynamodb') add(records, use.function, use.records / orders);
    if (use.kind === 'events') add(published, use.by, use.entries.length / orders);
    if (use.kind !== 'table') continue;
    for (const [index, { table }] of use.writes.entries())
      add(units, nameOf(table), (writeUnits(use)[index] ?? 0) / orders);
  }
  const seconds = secondsByFunction(uses, options);
  const perMessage = (name: string) => (seconds.get(name) ?? 0) / ((messages.get(name) ?? 1) * orders);
  const [queue, most] = largest(new Map([...messages].filter(([name]) => !name.startsWith('journal.'))));
  const [relay, busiest] = largest(records);
  const eventsPerRecord = (published.get(relay) ?? 0) / busiest;
  const calls = Math.ceil((RELAY_BATCH * eventsPerRecord) / EVENTS_PER_CALL);
  const batch = INVOCATION_MS + RELAY_BATCH * MESSAGE_MS + calls * (latencies.PutEvents ?? 0);
  const [table, most_] = largest(units);
  return {
    events,
    deliveries: count('delivery'),
    requests: uses.filter((use) => use.kind === 'invocation' && use.source === 'http').length / orders,
    queue: { name: queue, messages: most, batchSeconds: perMessage(queue) * QUEUE_BATCH },
    functionSeconds: sum([...seconds.values()]) / orders,
    table: { name: table, units: most_ },
    relay: { name: relay.replace(RELAY, ''), records: busiest },
    recordsPerShard: (RELAY_BATCH / batch) * 1_000,
  };
}

/** Returns the table of what rates of orders need, beside the quotas of AWS. */
export function scaleTable(needs: Needs): Table {
  const { events, deliveries, requests, queue, functionSeconds, table, relay, recordsPerShard } = needs;
  const batches = (queue.messages / QUEUE_BATCH) * queue.batchSeconds;
  const rows: readonly (readonly [string, number, string])[] = [
    ['HTTP requests per second', requests, '10,000 for an account'],
    ['events per second', events, '10,000 (us-east-1)'],
    ['deliveries by rules per second', deliveries, '18,750 (us-east-1)'],
    [`messages per second of ${queue.name}`, queue.messages, 'none'],
    [`batches of ${queue.name} at one time`, batches, '1,000, or 20,000 with provisioned pollers'],
    ['invocations at one time', functionSeconds, '1,000 for an account'],
    [`write units per second of ${table.name}`, table.units, '40,000 for a table'],
    [`partitions of ${table.name}`, table.units / PARTITION_UNITS, 'none'],
    [`shards that the relay of ${relay.name} needs`, relay.records / recordsPerShard, 'one for each partition'],
  ];
  return {
    id: 'scale',
    title: 'What a rate of orders needs',
    head: ['', ...RATES.map((rate) => `${rate.toLocaleString('en')}/s`), 'quota'],
    rows: rows.map(([name, each, quota]) => [name, ...RATES.map((rate) => atLeastOne(each * rate)), quota]),
  };
}

function atLeastOne(value: number): string {
  return Math.max(1, Math.ceil(value)).toLocaleString('en');
}

function largest(values: ReadonlyMap<string, number>): [string, number] {
  return [...values].reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0]);
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
