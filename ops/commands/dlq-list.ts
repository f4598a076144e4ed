import { wholeNumber } from '../../cli/options';
import { type Cell, formatTable } from '../../cli/table';
import { defineCommand } from '../command';
import { filterOf, filterOptions, isOpen } from '../dead-letters/filter';
import { type Found, findDeadLetters } from '../dead-letters/find';
import { consumerOption, selectQueues } from '../dead-letters/selection';
import { formatAge } from '../times';

/** Reading ten messages takes one call, so a thousand take some seconds. */
const DEFAULT_LIMIT = '1000';

export const dlqList = defineCommand({
  name: 'dlq list',
  summary: 'Counts dead letters by queue and reason.',
  details: 'While they are read, dead letters are invisible to other commands for a moment.',
  options: {
    ...consumerOption,
    ...filterOptions,
    limit: { type: 'string', value: 'n', help: `Dead letters to read from each queue, at most (${DEFAULT_LIMIT}).` },
  },
  examples: ['dlq list', 'dlq list --consumer inventory --since 2h'],
  run: async ({ values }, context) => {
    const now = context.now();
    const filter = filterOf(values, now);
    const limit = wholeNumber('--limit', values.limit ?? DEFAULT_LIMIT);
    const selected = selectQueues(values, context);
    const found = await Promise.all(selected.map((queue) => findDeadLetters(queue, filter, { read: limit }, context)));
    const queues = found.filter(({ total }) => total > 0).map(summarise);
    for (const { queue, total } of found.filter((one) => one.total > limit)) {
      context.note(`${queue.name} has ${total} dead letters, and only ${limit} were read: raise --limit.`);
    }
    const rows = queues.flatMap(({ name, reasons }) => reasons.map((one) => row(name, one, now)));
    const nothing = isOpen(filter) ? 'There are no dead letters.' : 'No dead letter matches.';
    const head = ['queue', 'reason', 'count', 'oldest', 'newest', 'contracts'];
    return { text: rows.length === 0 ? nothing : formatTable(head, rows), json: { queues } };
  },
});

interface ReasonSummary {
  readonly reason: string;
  readonly count: number;
  readonly oldest: string;
  readonly newest: string;
  readonly contracts: readonly string[];
}

function summarise({ queue, total, deadLetters }: Found) {
  const reasons = [...new Set(deadLetters.map(({ reason }) => reason))].sort().map((reason): ReasonSummary => {
    const group = deadLetters.filter((one) => one.reason === reason);
    const times = group.map(({ since }) => since.toISOString()).sort();
    const contracts = [...new Set(group.map(({ contract }) => contract).filter((one) => one !== undefined))].sort();
    return { reason, count: group.length, oldest: times[0] ?? '', newest: times.at(-1) ?? '', contracts };
  });
  return { name: queue.name, total, reasons };
}

function row(name: string, { reason, count, oldest, newest, contracts }: ReasonSummary, now: Date): Cell[] {
  const age = (time: string) => formatAge(now.getTime() - Date.parse(time));
  return [name, reason, count, age(oldest), age(newest), contracts.join(', ') || '-'];
}
