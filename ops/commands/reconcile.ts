import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../cli/failure';
import { formatTable } from '../../cli/table';
import { counted, printable } from '../../cli/text';
import type { Discrepancy, ReconciliationRun } from '../../lambdas/runtime/reconciliation/reconciliation';
import { readDiscrepancies, readDiscrepancy, sideBySide, UNRESOLVED } from '../../observe/reconciliation';
import { type Context, defineCommand, dryRun } from '../command';
import { formatCsv } from '../csv';
import { acknowledge, chooseReconciler, runReconciliation, type Waiting } from '../reconciliation';

const service = {
  service: { type: 'string', value: 'name', help: 'The service that reconciles, if there are several.' },
} as const;
const DATE = /^\d{4}-\d\d-\d\d$/;

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
    const wanted = { dryRun: values['dry-run'] === true, ...(values.date && { date: dateOf(values.date) }) };
    const run = await runReconciliation(context.deployment, reconciler, wanted, waiting(context));
    if (run === undefined) return { failure: 'Another run of this day is under way.', json: {} };
    return { text: formatRun(run), json: run };
  },
});

export const reconcileList = defineCommand({
  name: 'reconcile list',
  summary: 'Lists discrepancies that are open or being repaired; --csv and --json are reports.',
  options: {
    date: { type: 'string', value: 'date', help: 'Only those that were found first on this day: 2026-01-31.' },
    all: { type: 'boolean', help: 'Resolved and acknowledged ones, and those of dry runs, too.' },
    csv: { type: 'boolean', help: 'Prints CSV on standard output, with the entries of each book.' },
    ...service,
  },
  examples: ['reconcile list', 'reconcile list --all --date 2026-01-31 --csv'],
  run: async ({ values }, { deployment }) => {
    const found = await readDiscrepancies(deployment, chooseReconciler(deployment, values.service), {
      ...(!values.all && { statuses: UNRESOLVED }),
      ...(values.date && { date: dateOf(values.date) }),
    });
    if (values.csv) return { text: toCsv(found), json: { discrepancies: found } };
    const rows = found.map(({ date, status, id, repair }) => [date, status, id, repair?.name ?? '-']);
    const text =
      found.length === 0 ? 'There are no discrepancies.' : formatTable(['day', 'status', 'id', 'repair'], rows);
    return { text, json: { discrepancies: found } };
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
    by: { type: 'string', value: 'name', help: 'Who. Without it: the identity of your credentials.' },
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

function dateOf(text: string): string {
  if (DATE.test(text) && new Date(`${text}T00:00Z`).toJSON()?.startsWith(text)) return text;
  throw new UsageError(`--date: "${text}" is not a day. Write it as 2026-01-31.`);
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
