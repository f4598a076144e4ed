import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../cli/failure';
import { formatTable } from '../../cli/table';
import { counted, printable } from '../../cli/text';
import { type Discrepancy, isStuck, type ReconciliationRun } from '../../lambdas/runtime/reconciliation/reconciliation';
import { readDiscrepancies, readDiscrepancy, readRuns, sideBySide, UNRESOLVED } from '../../observe/reconciliation';
import { type Context, defineCommand, dryRun } from '../command';
import { formatCsv } from '../csv';
import { acknowledge, chooseReconciler, requireDay, runReconciliation, type Waiting } from '../reconciliation';

const service = {
  service: { type: 'string', value: 'name', help: 'The service that reconciles, if there are several.' },
} as const;

export const reconcile = defineCommand({
  name: 'reconcile',
  summary: 'Compares the books of a day again, and requests repairs.',
  details:
    'Each day is compared automatically when its grace period is over. A further run resolves what was corrected since, and\n' +
    'requests no repair twice. A dry run records what it finds, and publishes and repairs nothing.',
  options: {
    date: { type: 'string', value: 'date', help: 'The day: 2026-01-31. Without it: the last that is closed.' },
    ...dryRun,
    ...service,
  },
  examples: ['reconcile', 'reconcile --date 2026-01-31 --dry-run'],
  run: async ({ values }, context) => {
    const reconciler = chooseReconciler(context.deployment, values.service);
    const wanted = {
      dryRun: values['dry-run'] === true,
      ...(values.date !== undefined && { date: values.date }),
    };
    const run = await runReconciliation(context.deployment, reconciler, wanted, waiting(context));
    if (run === undefined) return { failure: 'Another run of this day is under way.', json: {} };
    return { text: formatRun(run), json: run };
  },
});

export const reconcileList = defineCommand({
  name: 'reconcile list',
  summary: 'Lists discrepancies that are open or being repaired, and stuck runs; --csv and --json are reports.',
  options: {
    date: { type: 'string', value: 'date', help: 'Only those that were found first on this day: 2026-01-31.' },
    all: { type: 'boolean', help: 'Resolved and acknowledged ones, and those of dry runs, too.' },
    csv: { type: 'boolean', help: 'Prints CSV on standard output, with the entries of each book.' },
    ...service,
  },
  examples: ['reconcile list', 'reconcile list --all --date 2026-01-31 --csv'],
  run: async ({ values }, { deployment, note, now }) => {
    const reconciler = chooseReconciler(deployment, values.service);
    const found = await readDiscrepancies(deployment, reconciler, {
      ...(!values.all && { statuses: UNRESOLVED }),
      ...(values.date !== undefined && { date: requireDay(values.date) }),
    });
    const stuck = (await readRuns(deployment, reconciler)).filter((run) => isStuck(run, now()));
    const json = { discrepancies: found, stuck };
    const warnings = stuck.map(
      ({ pass, runId, startedAt }) =>
        `Run ${pass} of ${runId} is stuck since ${startedAt}: correct the cause of its dead letters, then compare the day again.`,
    );
    if (values.csv) {
      warnings.forEach(note);
      return { text: toCsv(found), json };
    }
    const rows = found.map(({ date, status, id, repair }) => [date, status, id, repair?.name ?? '-']);
    const table =
      found.length === 0 ? 'There are no discrepancies.' : formatTable(['day', 'status', 'id', 'repair'], rows);
    return { text: [table, ...warnings].join('\n'), json };
  },
});

export const reconcileShow = defineCommand({
  name: 'reconcile show',
  summary: 'Shows a discrepancy with the entries of all books side by side.',
  words: 'id',
  options: { ...service },
  examples: ['reconcile show amount-differs#942723a0-c9fa-88e2-8a41-59e29c238935'],
  run: async ({ values, words }, { deployment }) => {
    const [id, ...more] = words;
    if (id === undefined || more.length > 0) throw new UsageError('reconcile show needs one id.');
    const found = await readDiscrepancy(deployment, chooseReconciler(deployment, values.service), id);
    return { text: formatDiscrepancy(found), json: found };
  },
});

export const reconcileAcknowledge = defineCommand({
  name: 'reconcile acknowledge',
  summary: 'Accepts discrepancies as they are, with a reason. They raise no alarm any more.',
  words: 'id',
  options: {
    reason: { type: 'string', value: 'text', help: 'Why. Required.' },
    by: { type: 'string', value: 'name', help: 'Who. The identity of your credentials is recorded too.' },
    ...service,
  },
  examples: ['reconcile acknowledge amount-differs#942723a0-… --reason "Agreed with the customer."'],
  run: async ({ values, words }, context) => {
    const { reason, by } = values;
    if (words.length === 0) throw new UsageError('reconcile acknowledge needs the ids of discrepancies.');
    if (reason === undefined) throw new UsageError('reconcile acknowledge needs --reason.');
    const reconciler = chooseReconciler(context.deployment, values.service);
    const acknowledged: Discrepancy[] = [];
    for (const id of words) {
      const request = { id, reason, ...(by !== undefined && { by }) };
      acknowledged.push(await acknowledge(context.deployment, reconciler, request, waiting(context)));
    }
    const text = `Acknowledged ${acknowledged.length === 1 ? '1 discrepancy' : `${acknowledged.length} discrepancies`}.`;
    return { text, json: { discrepancies: acknowledged } };
  },
});

function waiting({ lifetime }: Context): Waiting {
  return { sleep: (milliseconds) => sleep(milliseconds, undefined, { signal: lifetime.signal }) };
}

function formatRun({ date, pass, entries, counts, repairs, resolved, dryRun: isDry }: ReconciliationRun): string {
  const kinds = Object.entries(counts).sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    `${date}, run ${pass}${isDry ? ' (dry run)' : ''}: ${entries} entries compared, ${counted(repairs, 'repair')} requested, ` +
      `${resolved} of earlier discrepancies resolved.`,
    kinds.length === 0 ? 'The books agree.' : formatTable(['kind', 'found'], kinds),
  ].join('\n');
}

function formatDiscrepancy(found: Discrepancy): string {
  const { id, status, date, detail, key, foundAt, repair, acknowledged, resolvedAt } = found;
  const { books, rows } = sideBySide(found);
  const table = rows.map(({ attribute, differs, values }) => [
    `${differs ? '≠' : ' '} ${attribute}`,
    ...books.map((book) => values[book]?.join(' | ') || '-'),
  ]);
  return [
    `${printable(id)}: ${status}, of ${date}`,
    printable(detail),
    '',
    formatTable(['', ...books], table),
    '',
    `found ${foundAt}`,
    ...(repair ? [`repair ${repair.name} requested ${repair.at}`] : []),
    ...(resolvedAt ? [`resolved ${resolvedAt}`] : []),
    ...(acknowledged
      ? [printable(`acknowledged ${acknowledged.at} by ${acknowledged.by}: ${acknowledged.reason}`)]
      : []),
    `flow: npm run ops -- trace ${printable(key)}`,
  ].join('\n');
}

/** The report for accountants: a line for each discrepancy. */
function toCsv(found: readonly Discrepancy[]): string {
  const books = [...new Set(found.flatMap(({ sides }) => Object.keys(sides)))];
  const head = [
    ...['day', 'kind', 'key', 'status', 'detail', 'found', 'repair', 'repair requested', 'resolved'],
    ...['acknowledged', 'acknowledged by', 'reason', ...books],
  ];
  const rows = found.map(({ date, kind, key, status, detail, foundAt, repair, resolvedAt, acknowledged, sides }) => [
    ...[date, kind, key, status, detail, foundAt, repair?.name ?? '', repair?.at ?? '', resolvedAt ?? ''],
    ...[acknowledged?.at ?? '', acknowledged?.by ?? '', acknowledged?.reason ?? ''],
    ...books.map((book) => JSON.stringify((sides as Readonly<Record<string, unknown>>)[book] ?? [])),
  ]);
  return formatCsv(head, rows);
}
