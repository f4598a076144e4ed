import { Failure } from '../../cli/failure';
import { formatTable } from '../../cli/table';
import { counted } from '../../cli/text';
import { type Context, defineCommand, dryRun, rate } from '../command';
import { rateOf } from '../command-line';
import { classify, type DeadLetter } from '../dead-letters/dead-letter';
import { type Filter, filterOf, filterOptions, matches } from '../dead-letters/filter';
import { findDeadLetters } from '../dead-letters/find';
import { sqsQueue } from '../dead-letters/message-queue';
import type { DeadLetterQueue } from '../dead-letters/queues';
import { consumerOption, selectQueues } from '../dead-letters/selection';
import { walk } from '../dead-letters/walk';
import { throttle } from '../throttle';

export const dlqPurge = defineCommand({
  name: 'dlq purge',
  summary: 'Deletes dead letters permanently.',
  details:
    'Asks for confirmation. Without a terminal, it fails unless --yes is given. Dead letters that arrive meanwhile are kept.',
  options: {
    ...consumerOption,
    ...filterOptions,
    ...rate,
    yes: { type: 'boolean', help: 'Does not ask for confirmation.' },
    ...dryRun,
  },
  examples: ['dlq purge --consumer inventory.reserve-stock --reason not-json', 'dlq purge --until 7d --yes'],
  run: async ({ values }, context) => {
    const isDryRun = values['dry-run'] === true;
    const startedAt = context.now();
    const filter = filterOf(values, startedAt);
    const wait = throttle(rateOf(values.rate));
    const selected = selectQueues(values, context);
    const found = await Promise.all(selected.map((queue) => findDeadLetters(queue, filter, {}, context)));
    const affected = found.filter(({ deadLetters }) => deadLetters.length > 0);
    const planned = affected.map(({ queue, deadLetters }) => ({ queue: queue.name, count: deadLetters.length }));
    const total = planned.reduce((sum, { count }) => sum + count, 0);
    if (isDryRun || total === 0) return toResult(planned, isDryRun);
    if (!values.yes) await confirm(total, planned.map(({ queue }) => queue).join(', '), context);

    const deleted: Purged[] = [];
    let done = 0;
    const onDeleted = (count: number) => {
      done += count;
      context.progress.part('deleted', Math.min(done, total), total);
    };
    for (const { queue } of affected) {
      const count = await purge(queue, { filter, startedAt, wait, onDeleted }, context);
      deleted.push({ queue: queue.name, count });
    }
    return toResult(deleted, false);
  },
});

interface Purged {
  readonly queue: string;
  readonly count: number;
}

function toResult(queues: readonly Purged[], isDryRun: boolean) {
  const head = ['queue', isDryRun ? 'would be deleted' : 'deleted'];
  const rows = queues.map(({ queue, count }) => [queue, count]);
  return {
    text: queues.length === 0 ? 'No dead letter matches.' : formatTable(head, rows),
    json: { dryRun: isDryRun, queues },
  };
}

interface Purge {
  readonly filter: Filter;
  /** Dead letters that arrived later were not counted and are kept. */
  readonly startedAt: Date;
  readonly wait: (pieces: number) => Promise<void>;
  readonly onDeleted: (count: number) => void;
}

/** Deletes the matching dead letters of a queue. @returns their number */
async function purge(
  queue: DeadLetterQueue,
  { filter, startedAt, wait, onDeleted }: Purge,
  { clients, lifetime }: Context,
): Promise<number> {
  const source = sqsQueue(clients.sqs, queue.url);
  let count = 0;
  const classifyMessage = (message: DeadLetter['message']) => classify(message, queue);
  await walk({ queue: source, classify: classifyMessage, startedAt, lifetime }, async (received) => {
    const matching = received.filter((one) => matches(one, filter));
    await wait(matching.length);
    const kept = new Set(await source.remove(matching.map(({ message }) => message)));
    const removed = matching.filter(({ message }) => !kept.has(message));
    count += removed.length;
    onDeleted(removed.length);
    return removed;
  });
  return count;
}

/** @throws Failure unless the operator confirms */
async function confirm(count: number, queues: string, context: Context): Promise<void> {
  const answer = await context.confirm(`Delete ${counted(count, 'dead letter')} of ${queues} permanently?`);
  if (answer === undefined) throw new Failure('Nothing was deleted: without a terminal to confirm, --yes is needed.');
  if (!answer) throw new Failure('Nothing was deleted.');
}
