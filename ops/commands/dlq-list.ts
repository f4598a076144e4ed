import { defineCommand } from '../command';
import { filterOf, filterOptions, isOpen } from '../dead-letters/filter';
import { type Found, look } from '../dead-letters/look';
import { consumerOption, selected } from '../dead-letters/selection';
import { type Cell, columns } from '../text';
import { formatAge } from '../times';
import { countOf } from '../usage';

/** As many as a person waits for: ten in a call. */
const DEFAULT_LIMIT = '1000';

export const dlqList = defineCommand({
  name: 'dlq list',
  summary: 'Dead letters by queue and reason.',
  details: 'The letters are looked at and given back: for a moment nobody else sees them.',
  options: {
    ...consumerOption,
    ...filterOptions,
    limit: { type: 'string', value: 'n', help: `Look at no more than so many letters of a queue (${DEFAULT_LIMIT}).` },
  },
  examples: ['dlq list', 'dlq list --consumer inventory --since 2h'],
  run: async ({ values }, context) => {
    const now = context.now();
    const filter = filterOf(values, now);
    const seen = countOf('--limit', values.limit ?? DEFAULT_LIMIT);
    const found = await Promise.all(selected(values, context).map((queue) => look(queue, filter, { seen }, context)));
    const queues = found.filter(({ total }) => total > 0).map((one) => summarise(one));
    for (const { queue, total } of found.filter((one) => one.total > seen)) {
      context.note(`Of the ${total} letters of ${queue.name}, ${seen} were looked at: --limit says how many.`);
    }
    const rows = queues.flatMap(({ name, reasons }) => reasons.map((one) => row(name, one, now)));
    const nothing = isOpen(filter) ? 'There are no dead letters.' : 'No dead letter matches.';
    const head = ['queue', 'reason', 'letters', 'oldest', 'newest', 'contracts'];
    return { text: rows.length === 0 ? nothing : columns(head, rows), json: { queues } };
  },
});

interface ReasonSummary {
  readonly reason: string;
  readonly letters: number;
  readonly oldest: string;
  readonly newest: string;
  readonly contracts: readonly string[];
}

function summarise({ queue, total, letters }: Found) {
  const reasons = [...new Set(letters.map(({ reason }) => reason))].sort().map((reason): ReasonSummary => {
    const some = letters.filter((letter) => letter.reason === reason);
    const times = some.map(({ since }) => since.toISOString()).sort();
    const contracts = [...new Set(some.map(({ contract }) => contract).filter((one) => one !== undefined))].sort();
    return { reason, letters: some.length, oldest: times[0] ?? '', newest: times.at(-1) ?? '', contracts };
  });
  return { name: queue.name, total, reasons };
}

function row(name: string, { reason, letters, oldest, newest, contracts }: ReasonSummary, now: Date): Cell[] {
  const age = (time: string) => formatAge(now.getTime() - Date.parse(time));
  return [name, reason, letters, age(oldest), age(newest), contracts.join(', ') || '-'];
}
