import { type BillOptions, byLine, type Charge, chargesFor, sumUp, total } from '../../bench/bill';
import { type Chart, stackedBars } from '../../bench/chart';
import { idleCharges } from '../../bench/idle';
import { OUTSIDE_CALL_MS } from '../../bench/latency';
import { durableCharges, runDurableOrder } from '../../bench/peers/durable';
import { asPowertools } from '../../bench/peers/powertools';
import { orderSaga, sagaCharges } from '../../bench/peers/saga';
import { dollarsOf, type Line, PRICE_LIST, prices } from '../../bench/prices';
import type { Effort, Report, Table } from '../../bench/report';
import { needsOf, scaleTable } from '../../bench/scale';
import type { EventContract } from '../../contracts/core/contract';
import { loadContracts } from '../../contracts/core/load-contracts';
import type { Deployment } from '../../deployed/discover';
import type { Use } from '../../local/emulator/usage';
import { SynthesisedApp } from '../../test/infrastructure/app';
import { synthesise } from '../../test/infrastructure/synthesis';
import { withRecordedCloud } from './recorded-run';

const MILLION = 1_000_000;
const BURST = 60;
/** Orders that are placed one after the other, each when the one before has ended. */
const QUIET = 3;
/** A third of the sample's customers has a callback. */
const CALLBACKS = 1 / 3;
/** The sample's bank is not part of prod, and is not billed. */
const NOT_BILLED = 'payment-provider';
/** Reminders with a longer delay arrive when the run is over. */
const LATE_SECONDS = 60;
const LATE_RECORD_BYTES = 300;

/** The price lines by the part of the system that they pay. */
const GROUPS: Readonly<Record<string, readonly Line[]>> = {
  'table writes': ['writeUnits'],
  'table reads and storage': ['readUnits', 'tableStorage'],
  'bus, archive, schedules': ['events', 'archived', 'archiveStorage', 'schedules'],
  'queues and topics': ['queueRequests', 'topicRequests'],
  functions: ['invocations', 'gigabyteSeconds'],
  'HTTP API': ['apiRequests'],
  'logs and traces': ['logs', 'traces'],
  'steps of the workflow': ['transitions', 'durableOperations', 'durableWritten', 'durableRetained'],
};

/** A way to process orders, with its charges for one order. */
interface Way {
  readonly name: string;
  readonly charges: readonly Charge[];
}

/** Counts what orders use on the local cloud, and prices it. @param effort its size is the number of orders in the burst */
export async function measureCost({ size = BURST }: Pick<Effort, 'size'>): Promise<Report> {
  const { quiet, burst, bill, isRecords, nameOf } = await withRecordedCloud(async ({ cloud, place, progress }) => {
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
    };
  });
  const perOrder = (uses: readonly Use[], orders: number) =>
    chargesFor(withLateReminders(uses), bill)
      .filter(({ service }) => service !== NOT_BILLED)
      .map((charge) => ({ ...charge, quantity: charge.quantity / orders }));
  const ours = perOrder(burst, size);
  const unjournalled = withoutAnnouncements(burst, await loadContracts());
  const ways: Way[] = [
    { name: 'this project, burst', charges: ours },
    { name: 'this project, quiet', charges: perOrder(quiet, QUIET) },
    { name: 'this project, burst, without journal', charges: exceptJournal(perOrder(unjournalled, size)) },
    {
      name: 'Powertools consumers, burst',
      charges: exceptJournal(perOrder(asPowertools(unjournalled, isRecords), size)),
    },
    {
      name: 'Lambda durable function',
      charges: durableCharges(
        { plain: await runDurableOrder(false), notified: await runDurableOrder(true) },
        CALLBACKS,
      ),
    },
    { name: 'Step Functions Standard', charges: sagaCharges(orderSaga(), CALLBACKS) },
  ];
  const idle = idleCharges(new SynthesisedApp('dev', await synthesise('dev')));
  const billed = burst.filter((use) => !isOfBank(use));
  const needs = needsOf(billed, size, bill, nameOf);
  return {
    tables: [waysTable(ways), linesTable(ways), servicesTable(ours), idleTable(idle), scaleTable(needs)],
    data: {
      prices: PRICE_LIST,
      orders: { burst: size, quiet: QUIET },
      ways: ways.map(toData),
      idle: byLine(idle).map(priced),
      needs,
    },
    charts: { cost: chartOf(ways) },
  };
}

function exceptJournal(charges: readonly Charge[]): Charge[] {
  return charges.filter(({ service }) => service !== 'journal');
}

/** Leaves out the events that announce reminders, which relays publish for the journal alone. */
function withoutAnnouncements(uses: readonly Use[], contracts: readonly EventContract[]): Use[] {
  const reminders = new Set(contracts.filter(({ channel }) => channel === 'reminder').map(({ name }) => name));
  return uses.flatMap((use): Use[] => {
    if (use.kind !== 'events') return [use];
    const entries = use.entries.filter(({ name }) => !reminders.has(name));
    return entries.length === 0 ? [] : [{ ...use, entries }];
  });
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

function waysTable(ways: readonly Way[]): Table {
  const [first] = ways;
  const base = total(first?.charges ?? []);
  const groups = Object.keys(GROUPS);
  return {
    id: 'ways',
    title: `Dollars for a million orders (${PRICE_LIST.region}, prices of ${PRICE_LIST.month})`,
    head: ['', 'all', 'ratio', ...groups],
    rows: ways.map(({ name, charges }) => [
      name,
      (total(charges) * MILLION).toFixed(0),
      (total(charges) / base).toFixed(2),
      ...groups.map((group) => (groupTotal(charges, group) * MILLION).toFixed(0)),
    ]),
  };
}

function linesTable(ways: readonly Way[]): Table {
  const [burst, quiet] = ways.map(
    ({ charges }) => new Map(byLine(charges).map(({ line, quantity }) => [line, quantity])),
  );
  const lines = (Object.keys(prices) as Line[]).filter((line) => burst?.has(line) || quiet?.has(line));
  return {
    id: 'lines',
    title: 'Units of one order, and dollars for a million orders',
    head: ['unit', 'burst', 'quiet', '$ burst', '$ quiet'],
    rows: lines.map((line) => {
      const [one, other] = [burst?.get(line) ?? 0, quiet?.get(line) ?? 0];
      const dollars = [one, other].map((quantity) => (dollarsOf(line, quantity) * MILLION).toFixed(2));
      return [prices[line].unit, formatted(one), formatted(other), ...dollars];
    }),
  };
}

function servicesTable(charges: readonly Charge[]): Table {
  const services = [...new Set(charges.map(({ service }) => service))];
  const rows = services.map((service) => {
    const own = charges.filter((charge) => charge.service === service);
    const write = own.filter(({ line }) => line === 'writeUnits').reduce((sum, { quantity }) => sum + quantity, 0);
    return { service, dollars: total(own) * MILLION, share: total(own) / total(charges), write };
  });
  return {
    id: 'services',
    title: 'By service, in a burst',
    head: ['service', '$ per million orders', 'share (%)', 'write units of an order'],
    rows: rows
      .sort((one, other) => other.dollars - one.dollars)
      .map(({ service, dollars, share, write }) => [
        service,
        dollars.toFixed(2),
        (share * 100).toFixed(1),
        write.toFixed(1),
      ]),
  };
}

function idleTable(idle: readonly Charge[]): Table {
  return {
    id: 'idle',
    title: `An idle stage dev for a month: $${total(idle).toFixed(2)} without free tiers`,
    head: ['unit', 'units', '$ per month'],
    rows: byLine(idle).map(({ line, quantity }) => [
      prices[line].unit,
      Math.round(quantity).toLocaleString('en'),
      dollarsOf(line, quantity).toFixed(2),
    ]),
  };
}

function chartOf(ways: readonly Way[]): Chart {
  return stackedBars(
    'US dollars for a million orders',
    ways.map(({ name }) => name),
    Object.keys(GROUPS).map((name) => ({
      name,
      values: ways.map(({ charges }) => groupTotal(charges, name) * MILLION),
    })),
  );
}

function groupTotal(charges: readonly Charge[], group: string): number {
  const lines = GROUPS[group] ?? [];
  return total(charges.filter(({ line }) => lines.includes(line)));
}

function toData({ name, charges }: Way) {
  return { name, dollarsPerMillion: total(charges) * MILLION, charges: sumUp(charges).map(priced) };
}

function priced<Priced extends { readonly line: Line; readonly quantity: number }>(charge: Priced) {
  return { ...charge, dollars: dollarsOf(charge.line, charge.quantity) };
}

function formatted(quantity: number): string {
  return quantity >= 0.01 ? quantity.toFixed(2) : quantity.toExponential(1);
}
