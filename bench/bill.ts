import type { InvocationUse, TableUse, Use } from '../local/emulator/usage';
import { INVOCATION_MS, latencies, MESSAGE_MS, OTHER_CALL_MS } from './latency';
import { dollarsOf, type Line, prices } from './prices';

/** What one service of the system uses of one line of the price list. */
export interface Charge {
  readonly service: string;
  readonly line: Line;
  readonly quantity: number;
}

export interface BillOptions {
  /** The service that owns a table, by its physical name. */
  serviceOfTable(table: string): string;
  /** The service that owns a queue, by its ARN. */
  serviceOfQueue(arn: string): string;
  /** Milliseconds that a function waits for outside systems for each message. @default 0 */
  readonly waits?: Readonly<Record<string, number>>;
}

const KB = 1_024;
const GB = KB ** 3;
/** SQS, SNS and EventBridge bill each 64 KB of a payload as one request or event. */
const PAYLOAD = 64 * KB;
const WRITE_UNIT = KB;
const READ_UNIT = 4 * KB;
/** DynamoDB's overhead of a stored item. */
const ITEM_OVERHEAD = 100;
/** Messages that one receive or delete takes. */
const QUEUE_BATCH = 10;
/** Of a line of the API's access log, with the fields of `lib/broker/functions/request-reply-api.ts`. */
const ACCESS_LOG_BYTES = 200;
/** X-Ray's default rule: the first request each second, and 5 % of the others. */
const TRACED = 0.05;
/** Days for which the archive keeps events, as a share of a month. */
const ARCHIVE_MONTHS = 7 / 30;

/** Returns the charges for some uses, by AWS's billing rules. Stored items are kept for a month. */
export function chargesFor(uses: readonly Use[], options: BillOptions): Charge[] {
  const charges = uses.flatMap((use) => chargesOf(use, options));
  return sumUp([...charges, ...durations(uses, options)]);
}

/** Adds up the charges with the same service and line. */
export function sumUp(charges: readonly Charge[]): Charge[] {
  const sums = new Map<string, Charge>();
  for (const { service, line, quantity } of charges) {
    const key = `${service} ${line}`;
    sums.set(key, { service, line, quantity: (sums.get(key)?.quantity ?? 0) + quantity });
  }
  return [...sums.values()];
}

/** Returns the dollars of charges. */
export function total(charges: readonly Charge[]): number {
  return charges.reduce((sum, { line, quantity }) => sum + dollarsOf(line, quantity), 0);
}

/** Returns all lines with their sums, in the order of the price list. */
export function byLine(charges: readonly Charge[]): { readonly line: Line; readonly quantity: number }[] {
  const lines = Object.keys(prices) as Line[];
  const all = charges.map((charge) => ({ ...charge, service: '' }));
  const sums = sumUp(all);
  return lines.flatMap((line) => sums.filter((sum) => sum.line === line));
}

export function writeUnits({ operation, writes }: Pick<TableUse, 'operation' | 'writes'>): number[] {
  // A transaction prepares and commits each item, which takes two units. Its indexes follow outside of it.
  const factor = operation === 'TransactWriteItems' ? 2 : 1;
  return writes.map(({ bytes, indexUnits }) => factor * units(bytes, WRITE_UNIT) + indexUnits);
}

function chargesOf(use: Use, options: BillOptions): Charge[] {
  switch (use.kind) {
    case 'table':
      return tableCharges(use, options);
    case 'events': {
      const bytes = use.entries.reduce((sum, entry) => sum + entry.bytes, 0);
      const events = use.entries.reduce((sum, entry) => sum + units(entry.bytes, PAYLOAD), 0);
      return of(serviceOf(use.by), {
        events,
        archived: bytes / GB,
        archiveStorage: (bytes / GB) * ARCHIVE_MONTHS,
      });
    }
    case 'queue':
      return of(serviceOf(use.by), { queueRequests: units(use.bytes, PAYLOAD) });
    case 'delivery':
      return of(options.serviceOfQueue(use.queue), { queueRequests: units(use.bytes, PAYLOAD) });
    case 'topic':
      return of(serviceOf(use.by), { topicRequests: units(use.bytes, PAYLOAD) });
    case 'schedule':
      return of(serviceOf(use.by), { schedules: 1 });
    case 'invocation':
      return invocationCharges(use);
  }
}

function tableCharges(use: TableUse, { serviceOfTable }: BillOptions): Charge[] {
  const units_ = writeUnits(use);
  return [
    ...use.writes.flatMap(({ table, bytes, added }, index) => {
      const stored = use.failed ? 0 : added + (added === bytes ? ITEM_OVERHEAD : 0);
      return of(serviceOfTable(table), { writeUnits: units_[index] ?? 0, tableStorage: stored / GB });
    }),
    ...use.reads.flatMap(({ table, bytes, consistent }) =>
      of(serviceOfTable(table), { readUnits: units(bytes, READ_UNIT) * (consistent ? 1 : 0.5) }),
    ),
  ];
}

function invocationCharges({ function: name, source, records, bytes, logBytes }: InvocationUse): Charge[] {
  const isRequest = source === 'http';
  // Lambda's pollers receive and delete up to ten messages at a time.
  const receives = Math.max(Math.ceil(records / QUEUE_BATCH), units(bytes, PAYLOAD));
  return of(serviceOf(name), {
    invocations: 1,
    logs: (logBytes + (isRequest ? ACCESS_LOG_BYTES : 0)) / GB,
    traces: TRACED,
    ...(source === 'aws:sqs' && { queueRequests: receives + Math.ceil(records / QUEUE_BATCH) }),
    ...(isRequest && { apiRequests: 1 }),
  });
}

function durations(uses: readonly Use[], options: BillOptions): Charge[] {
  const memory = new Map(
    uses.flatMap((use) => (use.kind === 'invocation' ? [[use.function, use.memory] as const] : [])),
  );
  // A caller without an invocation is a service of AWS.
  return [...secondsByFunction(uses, options)].flatMap(([name, seconds]) =>
    of(serviceOf(name), { gigabyteSeconds: seconds * ((memory.get(name) ?? 0) / KB) }),
  );
}

/** Returns the billed durations in seconds: of invocations, their messages, and their calls as if each waited for the one before. */
export function secondsByFunction(uses: readonly Use[], { waits = {} }: BillOptions): Map<string, number> {
  const seconds = new Map<string, number>();
  const add = (name: string, milliseconds: number) =>
    seconds.set(name, (seconds.get(name) ?? 0) + milliseconds / 1_000);
  for (const use of uses) {
    if (use.kind === 'invocation') {
      const messages = Math.max(1, use.records);
      add(use.function, INVOCATION_MS + messages * (MESSAGE_MS + (waits[use.function] ?? 0)));
    } else if ('by' in use) add(use.by, latencies[use.operation] ?? OTHER_CALL_MS);
  }
  return seconds;
}

function of(service: string, quantities: Partial<Record<Line, number>>): Charge[] {
  return Object.entries(quantities).map(([line, quantity]) => ({ service, line: line as Line, quantity }));
}

/** The started units of a size; one for nothing. */
function units(bytes: number, unit: number): number {
  return Math.max(1, Math.ceil(bytes / unit));
}

function serviceOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}
