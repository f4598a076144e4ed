import { defineCommand, dryRun, rate } from '../command';
import { filterOf, filterOptions } from '../dead-letters/filter';
import { type Redriven, redrive } from '../dead-letters/redrive';
import { consumerOption, selected } from '../dead-letters/selection';
import { columns, counted } from '../text';
import { rateOf } from '../usage';

export const dlqRedrive = defineCommand({
  name: 'dlq redrive',
  summary: 'Put dead letters back to where they came from.',
  details:
    "A consumer's dead letters go back into its queue, a relay's are published again, the bus's go back onto it. Each is sent\n" +
    'before it is deleted; consumers drop what they had. What comes back while it runs is left for the next time.\n' +
    'A whole queue is moved by SQS itself where it can do that.',
  options: { ...consumerOption, ...filterOptions, ...rate, ...dryRun },
  examples: [
    'dlq redrive --dry-run',
    'dlq redrive --consumer inventory.reserve-stock',
    'dlq redrive --reason unknown-version --contract OrderCreated --rate 20',
  ],
  run: async ({ values }, context) => {
    const isDryRun = values['dry-run'] === true;
    const options = { filter: filterOf(values, context.now()), perSecond: rateOf(values.rate), dryRun: isDryRun };
    const queues: Redriven[] = [];
    for (const queue of selected(values, context)) {
      if (!context.lifetime.signal.aborted) queues.push(await redrive(queue, options, context));
    }
    const concerned = queues.filter(({ redriven, kept }) => redriven > 0 || Object.keys(kept).length > 0);
    const left = concerned.reduce((sum, { kept }) => sum + countKept(kept), 0);
    return {
      text: table(concerned, isDryRun),
      json: { dryRun: isDryRun, queues: concerned },
      ...(left > 0 && { failure: `${counted(left, 'dead letter')} cannot be redriven.` }),
    };
  },
});

function table(queues: readonly Redriven[], isDryRun: boolean): string {
  if (queues.length === 0) return isDryRun ? 'There is nothing to redrive.' : 'Nothing was redriven.';
  const head = isDryRun
    ? ['queue', 'would be redriven', '', 'kept', 'why']
    : ['queue', 'redriven', 'by', 'kept', 'why'];
  return columns(
    head,
    queues.map(({ queue, by, redriven, kept }) => [
      queue,
      redriven,
      isDryRun ? '' : by,
      countKept(kept),
      Object.keys(kept).join('; ') || '-',
    ]),
  );
}

function countKept(kept: Redriven['kept']): number {
  return Object.values(kept).reduce((sum, count) => sum + count, 0);
}
