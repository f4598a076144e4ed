import { type BillOptions, byLine, type Charge, chargesFor } from '../../bench/bill';
import { idleCharges } from '../../bench/idle';
import { OUTSIDE_CALL_MS } from '../../bench/latency';
import { durableCharges, runDurableOrder } from '../../bench/peers/durable';
import { asPowertools } from '../../bench/peers/powertools';
import { orderSaga, sagaCharges, withoutBooks } from '../../bench/peers/saga';
import { PRICE_LIST } from '../../bench/prices';
import type { Effort, Report } from '../../bench/report';
import { needsOf, scaleTable } from '../../bench/scale';
import { loadContracts } from '../../contracts/core/load-contracts';
import type { Deployment } from '../../deployed/discover';
import type { Use } from '../../local/emulator/usage';
import { SynthesisedApp } from '../../test/infrastructure/app';
import { synthesise } from '../../test/infrastructure/synthesis';
import { atOnceTable } from './at-once';
import {
  chartOf,
  flowTable,
  idleTable,
  linesTable,
  priced,
  servicesTable,
  toData,
  type Variant,
  variantsTable,
} from './cost-tables';
import { leaveOut } from './leave-out';
import { withRecordedCloud } from './recorded-run';

const BURST = 200;
/** Orders that are placed one after the other, each when the one before has ended. */
const QUIET = 3;
/** SQS event source mappings: at most 300 s. So each queue has the window with which it is deployed. */
const LONGEST_WINDOW = 300;
/** A third of the sample's customers has a callback. */
const CALLBACKS = 1 / 3;
/** The sample's bank is not part of prod, and is not billed. */
const NOT_BILLED = 'payment-provider';
const JOURNAL = new Set(['journal']);
/** What follows the flow, and no part of it waits for. */
const OBSERVERS = new Set([...JOURNAL, 'reconciliation']);
const POWERTOOLS = 'Powertools consumers, burst';
const DURABLE = 'Lambda durable function';
const SAGA = 'Step Functions Standard';
/** Reminders with a longer delay arrive when the run is over. */
const LATE_SECONDS = 60;
const LATE_RECORD_BYTES = 300;

/** Counts what orders use on the local cloud, and prices it. @param effort its size is the number of orders in the burst */
export async function measureCost({ size = BURST }: Pick<Effort, 'size'>): Promise<Report> {
  const { quiet, burst, bill, isRecords, nameOf, services } = await withRecordedCloud(
    async ({ cloud, place, progress }) => {
      const used: Use[] = [];
      for (let order = 0; order < QUIET; order++) used.push(...(await place(1, { from: order })).uses);
      progress.done(`Placed ${QUIET} orders one by one`);
      const records = new Set(cloud.services.map((service) => service.records));
      return {
        quiet: used,
        burst: (await place(size)).uses,
        bill: billOptions(cloud),
        isRecords: (table: string) => records.has(table),
        nameOf: tableNames(cloud),
        services: cloud.services,
      };
    },
    { longestWindow: LONGEST_WINDOW },
  );
  const perOrder = (uses: readonly Use[], orders: number) =>
    chargesFor(withLateReminders(uses), bill)
      .filter(({ service }) => service !== NOT_BILLED)
      .map((charge) => ({ ...charge, quantity: charge.quantity / orders }));
  const contracts = await loadContracts();
  const without = (observers: ReadonlySet<string>, toPeer = (uses: readonly Use[]) => uses) =>
    perOrder(toPeer(leaveOut(observers, burst, { contracts, services })), size).filter(
      ({ service }) => !observers.has(service),
    );
  const toPowertools = (uses: readonly Use[]) => asPowertools(uses, isRecords);
  const ours = perOrder(burst, size);
  const alone: Variant = { name: 'this project, burst, without journal and books', charges: without(OBSERVERS) };
  const variants: Variant[] = [
    { name: 'this project, burst', charges: ours },
    { name: 'this project, quiet', charges: perOrder(quiet, QUIET) },
    { name: 'this project, burst, without journal', charges: without(JOURNAL) },
    alone,
    { name: POWERTOOLS, charges: without(JOURNAL, toPowertools) },
    { name: DURABLE, charges: await durableOrder(true) },
    { name: SAGA, charges: sagaCharges(orderSaga(), CALLBACKS) },
  ];
  const flow: Variant[] = [
    { ...alone, name: 'this project, burst' },
    { name: POWERTOOLS, charges: without(OBSERVERS, toPowertools) },
    { name: DURABLE, charges: await durableOrder(false) },
    { name: SAGA, charges: sagaCharges(withoutBooks(orderSaga()), CALLBACKS) },
  ];
  const idle = idleCharges(new SynthesisedApp('dev', await synthesise('dev')));
  const billed = burst.filter((use) => !isOfBank(use));
  const needs = needsOf(billed, size, bill, nameOf);
  return {
    tables: [
      variantsTable(variants),
      flowTable(flow),
      linesTable(variants),
      servicesTable(ours),
      await atOnceTable(),
      idleTable(idle),
      scaleTable(needs),
    ],
    data: {
      prices: PRICE_LIST,
      orders: { burst: size, quiet: QUIET },
      variants: variants.map(toData),
      flow: flow.map(toData),
      idle: byLine(idle).map(priced),
      needs,
    },
    charts: { cost: chartOf(variants) },
  };
}

async function durableOrder(hasBooks: boolean): Promise<Charge[]> {
  const [plain, notified] = [
    await runDurableOrder({ hasCallback: false, hasBooks }),
    await runDurableOrder({ hasCallback: true, hasBooks }),
  ];
  return durableCharges({ plain, notified }, CALLBACKS);
}

function isOfBank(use: Use): boolean {
  const by = use.kind === 'invocation' ? use.function : 'by' in use ? use.by : use.queue.split(':').at(-1);
  return by?.includes(NOT_BILLED) ?? false;
}

/** Returns the names that readers know of tables: `orders.orders`. */
function tableNames({ services, journal }: Deployment): (table: string) => string {
  const names = new Map(
    services.flatMap(({ service, records, tables }) => [
      [records, `${service}.records`] as const,
      ...Object.entries(tables).map(([name, table]) => [table, `${service}.${name}`] as const),
    ]),
  );
  if (journal) names.set(journal.table, 'journal.events');
  return (table) => names.get(table) ?? table;
}

/** Where tables and queues belong, from the deployed manifests. */
function billOptions({ services, journal }: Deployment): BillOptions {
  const tables = new Map(
    services.flatMap(({ service, records, tables }) =>
      [records, ...Object.values(tables)].map((table) => [table, service] as const),
    ),
  );
  const queues = new Map(
    services.flatMap(({ service, subscriptions }) =>
      subscriptions.map(({ queue }) => [queue.split('/').at(-1), service] as const),
    ),
  );
  if (journal) {
    tables.set(journal.table, 'journal');
    queues.set(journal.queue.split('/').at(-1), 'journal');
  }
  const outside = ['payments.collect-payment', 'payments.look-up-charge', 'callbacks.deliver-callback'];
  return {
    serviceOfTable: (table) => tables.get(table) ?? 'other',
    // What is no subscription's is the archive's, or a test's.
    serviceOfQueue: (arn) => queues.get(arn.split(':').at(-1)) ?? 'other',
    waits: Object.fromEntries(outside.map((name) => [name, OUTSIDE_CALL_MS])),
  };
}

/** Adds what reminders use that are not due during the run: each finds that its order has ended. */
function withLateReminders(uses: readonly Use[]): Use[] {
  const late = uses.flatMap((use) =>
    use.kind === 'queue' && use.delaySeconds > LATE_SECONDS ? Array.from({ length: use.messages }, () => use.by) : [],
  );
  const tableOf = (service: string) =>
    uses.flatMap((use) => (use.kind === 'table' && use.by.startsWith(`${service}.`) ? use.writes : []))[0]?.table ?? '';
  return [...uses, ...late.flatMap((by) => reminderUses(by.slice(0, by.indexOf('.')), tableOf))];
}

function reminderUses(service: string, tableOf: (service: string) => string): Use[] {
  const name = `${service}.late-reminder`;
  const table = tableOf(service);
  const common = { kind: 'table', by: name, failed: false } as const;
  const write = { table, bytes: LATE_RECORD_BYTES, added: LATE_RECORD_BYTES, indexUnits: 0 };
  const invocation = {
    memory: 512,
    startedAt: 0,
    milliseconds: 0,
    source: 'aws:sqs',
    records: 1,
    bytes: 500,
    logBytes: 400,
  } as const;
  return [
    { kind: 'invocation', function: name, ...invocation },
    { ...common, operation: 'GetItem', writes: [], reads: [{ table, bytes: LATE_RECORD_BYTES, consistent: true }] },
    { ...common, operation: 'PutItem', reads: [], writes: [write] },
  ];
}
