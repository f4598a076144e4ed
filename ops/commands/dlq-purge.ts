import { Failure } from '../../cli/failure';
import { type Context, defineCommand, dryRun, rate } from '../command';
import { filterOf, filterOptions, matches } from '../dead-letters/filter';
import { classify } from '../dead-letters/letter';
import { look } from '../dead-letters/look';
import { sqsQueue } from '../dead-letters/message-queue';
import { consumerOption, selected } from '../dead-letters/selection';
import { walk } from '../dead-letters/walk';
import { pace } from '../pace';
import { columns, counted } from '../text';
import { rateOf } from '../usage';

export const dlqPurge = defineCommand({
  name: 'dlq purge',
  summary: 'Delete dead letters for good.',
  details: 'Asks first; without a terminal it refuses unless --yes is given. Letters that arrive meanwhile stay.',
  options: {
    ...consumerOption,
    ...filterOptions,
    ...rate,
    yes: { type: 'boolean', help: 'Do not ask.' },
    ...dryRun,
  },
  examples: ['dlq purge --consumer inventory.reserve-stock --reason not-json', 'dlq purge --until 7d --yes'],
  run: async ({ values }, context) => {
    const now = context.now();
    const filter = filterOf(values, now);
    const wait = pace(rateOf(values.rate));
    const found = await Promise.all(selected(values, context).map((queue) => look(queue, filter, {}, context)));
    const meant = found.filter(({ letters }) => letters.length > 0);
    const total = meant.reduce((sum, { letters }) => sum + letters.length, 0);
    const result = (queues: readonly { queue: string; letters: number }[], dryRun: boolean) => {
      const head = ['queue', dryRun ? 'would be deleted' : 'deleted'];
      const rows = queues.map(({ queue, letters }) => [queue, letters]);
      return {
        text: queues.length === 0 ? 'No dead letter matches.' : columns(head, rows),
        json: { dryRun, queues },
      };
    };
    if (values['dry-run'] || total === 0) {
      return result(
        meant.map(({ queue, letters }) => ({ queue: queue.name, letters: letters.length })),
        values['dry-run'] === true,
      );
    }
    if (!values.yes) await ask(total, meant.map(({ queue }) => queue.name).join(', '), context);

    const deleted: { queue: string; letters: number }[] = [];
    let done = 0;
    for (const { queue } of meant) {
      const letters = sqsQueue(context.clients.sqs, queue.url);
      let count = 0;
      const purgeSome: Parameters<typeof walk>[1] = async (some) => {
        const these = some.filter((letter) => matches(letter, filter));
        await wait(these.length);
        const kept = new Set(await letters.remove(these.map(({ message }) => message)));
        const gone = these.filter(({ message }) => !kept.has(message));
        count += gone.length;
        done += gone.length;
        context.progress.part('deleted', Math.min(done, total), total);
        return gone;
      };
      const understand: Parameters<typeof walk>[0]['understand'] = (message) => classify(message, queue);
      await walk({ queue: letters, understand, startedAt: now, lifetime: context.lifetime }, purgeSome);
      deleted.push({ queue: queue.name, letters: count });
    }
    return result(deleted, false);
  },
});

/** @throws Failure unless somebody says yes */
async function ask(count: number, queues: string, { confirm }: Context): Promise<void> {
  const isSure = await confirm(`Delete ${counted(count, 'dead letter')} of ${queues} for good?`);
  if (isSure === undefined) throw new Failure('Nothing was deleted: without a terminal to ask, --yes is needed.');
  if (!isSure) throw new Failure('Nothing was deleted.');
}
