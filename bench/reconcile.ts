import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod/mini';
import { defineEvent } from '../contracts/core/contract';
import { defineReconciliationContracts } from '../contracts/core/reconciliation';
import { Identifier } from '../contracts/core/text';
import { consumerOf } from '../lambdas/runtime/declare/declaration';
import { defineService } from '../lambdas/runtime/declare/service';
import type { OutgoingEvent } from '../lambdas/runtime/events/envelope';
import { readOutbox } from '../lambdas/runtime/events/outbox';
import type { Book } from '../lambdas/runtime/reconciliation/book';
import { reconcile } from '../lambdas/runtime/reconciliation/reconcile';
import {
  type Discrepancy,
  defineReconciliation,
  type ReconciliationRun,
  reconciliationTables,
} from '../lambdas/runtime/reconciliation/reconciliation';
import { type ProcessedRecord, recordRef } from '../lambdas/runtime/work/commit';
import { eventOf, HandlerWorld } from '../test/support/handler-world';
import type { Report } from './report';

const SIZES = [10_000, 100_000, 1_000_000];
const SHARDS = 16;
/** One of this many entries of the first book is missing in the second. */
const MISSING = 5_000;
const DATE = '2026-01-01';
const DIGITS = 9;
/** Messages between two measurements of memory, each after a garbage collection that does not count as time. */
const MEASURED_EVERY = 10;

interface Entry {
  readonly key: string;
  readonly amount: number;
}

/** The result of one comparison. */
interface Measured {
  readonly size: number;
  readonly entriesPerSecond: number;
  readonly peakMegabytes: number;
  readonly discrepancies: number;
  readonly entries: number;
}

const contracts = defineReconciliationContracts('bench');
const { DiscrepancyFound, ReconciliationCompleted, ReconciliationDue } = contracts;
const RepairRequested = defineEvent({
  name: 'RepairRequested',
  owner: 'bench',
  version: 1,
  schema: z.object({ key: Identifier }),
});
const service = defineService('bench');
const tables = reconciliationTables(service);
const subscription = service.subscription('reconcile', {
  to: [ReconciliationDue],
  emits: [DiscrepancyFound, ReconciliationCompleted, ReconciliationDue, RepairRequested],
  uses: [tables.runs, tables.shards, tables.discrepancies],
});

/** A book that makes its entries when they are read, so that memory shows what the comparison holds. */
function generated(size: number, has: (index: number) => boolean): Book<Entry> {
  const make = (index: number): Entry => ({ key: keyOf(index), amount: index });
  return {
    page: async ({ from, to, after, limit }) => {
      const end = to === undefined ? size : Number(to);
      const entries: Entry[] = [];
      let index = after === undefined ? Number(from ?? 0) : Number(after) + 1;
      for (; index < end && entries.length < limit; index++) if (has(index)) entries.push(make(index));
      return { entries, end: index >= end };
    },
    find: async (key) => (has(Number(key)) ? [make(Number(key))] : []),
  };
}

function keyOf(index: number): string {
  return String(index).padStart(DIGITS, '0');
}

/** Compares two books. @param isKilled kills the consumer of every other message before its commit; the message is delivered again */
async function compareBooks(size: number, isKilled: boolean): Promise<Measured> {
  const bounds = Array.from({ length: SHARDS + 1 }, (_, shard) => keyOf(Math.floor((size * shard) / SHARDS)));
  const reconciliation = defineReconciliation<{ one: Entry; other: Entry }, typeof RepairRequested>({
    timeZone: 'Europe/Berlin',
    graceHours: 6,
    shards: bounds.slice(1).map((to, shard) => ({
      ...(shard > 0 && { from: bounds[shard] as string }),
      ...(shard < SHARDS - 1 && { to }),
    })),
    books: { one: generated(size, () => true), other: generated(size, (index) => index % MISSING !== 7) },
    key: ({ key }) => key,
    compare: ({ other }) => (other.length === 0 ? [{ kind: 'missing', detail: 'Missing.' }] : []),
    repair: { missing: { name: 'ask', request: ({ key }, emit) => emit(RepairRequested, { key }) } },
  });
  const handler = reconcile(subscription, { reconciliation, contracts, tables });
  const world = new HandlerWorld();
  world.now = new Date('2026-01-03T00:00:00Z');
  const started = performance.now();
  let peak = 0;
  let pauses = 0;
  const queue: OutgoingEvent[] = [eventOf(ReconciliationDue, { step: 'start', date: DATE }, 'start')];
  for (let count = 0; queue.length > 0; count++) {
    const event = queue.shift() as OutgoingEvent;
    if (isKilled && count % 2 === 1) await crashOn(event, handler, world);
    await world.deliver(handler, event);
    queue.push(...(await remindersOf(event, world)));
    if (count % MEASURED_EVERY !== 0) continue;
    const paused = performance.now();
    global.gc?.();
    peak = Math.max(peak, process.memoryUsage().heapUsed);
    pauses += performance.now() - paused;
  }
  const seconds = (performance.now() - started - pauses) / 1_000;
  const [run] = world.store.items<ReconciliationRun>(tables.runs.name);
  return {
    size,
    entriesPerSecond: Math.round((run?.entries ?? 0) / seconds),
    peakMegabytes: Math.round(peak / 1024 ** 2),
    discrepancies: world.store.items<Discrepancy>(tables.discrepancies.name).length,
    entries: run?.entries ?? 0,
  };
}

/** Processes a message up to its commit, which never happens: the process was killed before. */
async function crashOn(
  { source, name, detail }: OutgoingEvent,
  handler: ReturnType<typeof reconcile>,
  world: HandlerWorld,
): Promise<void> {
  const runtime = world.runtime();
  const dying = { ...runtime, store: Object.create(runtime.store, { transact: { value: kill } }) };
  const body = JSON.stringify({ source, 'detail-type': name, detail });
  const attributes = { ApproximateReceiveCount: '1' };
  await handler.run({ Records: [{ messageId: 'm', body, attributes, messageAttributes: {} } as never] }, dying);
}

async function kill(): Promise<never> {
  throw new Error('killed');
}

async function remindersOf({ detail }: OutgoingEvent, { store }: HandlerWorld): Promise<OutgoingEvent[]> {
  const [loaded] = await store.load([recordRef(consumerOf(subscription), detail.metadata.id)]);
  const record = loaded?.item as ProcessedRecord | undefined;
  return (record ? readOutbox(record).events : []).filter(({ name }) => name === ReconciliationDue.name);
}

/** Measures each size in its own process, so that memory is measured separately. */
export async function reconcileBooks(): Promise<Report> {
  const data: (Measured & { readonly killed: boolean })[] = [];
  for (const size of SIZES) {
    for (const killed of [false, true]) data.push({ ...(await inChild(size, killed)), killed });
  }
  const head = ['entries', 'killed', 'entries/s', 'peak heap (MB)', 'compared', 'discrepancies'];
  const rows = data.map(({ size, killed, entriesPerSecond, peakMegabytes, entries, discrepancies }) => [
    ...[size.toLocaleString('en'), killed ? 'every other' : '-', entriesPerSecond.toLocaleString('en')],
    ...[peakMegabytes, entries.toLocaleString('en'), discrepancies],
  ]);
  return { tables: [{ id: 'sizes', head, rows }], data };
}

async function inChild(size: number, killed: boolean): Promise<Measured> {
  const child = fork(__filename, [String(size), String(killed)], { execArgv: ['--import', 'tsx', '--expose-gc'] });
  const [measured] = (await once(child, 'message')) as [Measured];
  return measured;
}

if (require.main === module) {
  const [size, killed] = process.argv.slice(2);
  void compareBooks(Number(size), killed === 'true').then((measured) => process.send?.(measured));
}
