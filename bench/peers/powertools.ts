import type { InvocationUse, TableUse, TableWrite, Use } from '../../local/emulator/usage';

const RELAY = '.relay';
/** Powertools' idempotency keeps the id, the state, the expiry and the result. */
const RECORD_BYTES = 250;

/**
 * The same flow with Powertools consumers: their idempotency writes two records for each message, they write each item alone and without
 * receipts, publish each message's events themselves, and have no outbox and no relay. Nothing then protects from a crash between two of their calls.
 *
 * @param isRecords whether a table holds the idempotency records
 */
export function asPowertools(uses: readonly Use[], isRecords: (table: string) => boolean): Use[] {
  const publishers = new Map(
    uses.flatMap((use) =>
      use.kind === 'invocation' && !isRelay(use.function) ? [[serviceOf(use.function), use.function] as const] : [],
    ),
  );
  return uses.flatMap((use): Use[] => {
    if (use.kind === 'invocation') return isRelay(use.function) ? [] : [use];
    // Transactions that are cancelled for one of their messages are ours alone.
    if (use.kind === 'table') return use.failed || isRelay(use.by) ? [] : tableUses(use, isRecords);
    if (use.kind === 'events') {
      const by = publishers.get(serviceOf(use.by)) ?? use.by;
      // Each consumer publishes the events of one message in a call of their own.
      return use.entries.map((entry) => ({ ...use, by, entries: [entry] }));
    }
    return [use];
  });
}

function tableUses(use: TableUse, isRecords: (table: string) => boolean): Use[] {
  const put = (operation: string, write: TableWrite): Use => ({ ...use, operation, reads: [], writes: [write] });
  const records = use.writes.filter(({ table }) => isRecords(table));
  // Without room in the item, a message has a record and a receipt.
  const receipts = use.writes.flatMap((write) => Array.from({ length: write.kept?.messages ?? 0 }, () => write));
  return [
    ...(use.reads.length > 0 || use.writes.length === 0 ? [{ ...use, writes: [] }] : []),
    ...(records.length < receipts.length ? receipts : records).flatMap(({ table }) => {
      const record = { table, bytes: RECORD_BYTES, added: RECORD_BYTES, indexUnits: 0 };
      return [put('PutItem', record), put('UpdateItem', { ...record, added: 0 })];
    }),
    ...use.writes
      .filter(({ table }) => !isRecords(table))
      .map(({ kept = { bytes: 0, added: 0 }, ...write }) =>
        put('PutItem', { ...write, bytes: write.bytes - kept.bytes, added: write.added - kept.added }),
      ),
  ];
}

function isRelay(name: InvocationUse['function']): boolean {
  return name.endsWith(RELAY);
}

function serviceOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}
