import { formatTable } from '../../cli/table';
import { counted } from '../../cli/text';
import { loadContracts } from '../../contracts/core/load-contracts';
import { defineCommand, dryRun, rate } from '../command';
import { rateOf } from '../command-line';
import { filterOf, filterOptions } from '../dead-letters/filter';
import { type Redriven, redrive } from '../dead-letters/redrive';
import { consumerOption, selectQueues } from '../dead-letters/selection';

export const dlqRedrive = defineCommand({
  name: 'dlq redrive',
  summary: 'Sends dead letters back to where they came from.',
  details:
    "A consumer's dead letters are sent to its queue. A relay's are published again, and the bus's are put on the bus.\n" +
    'Each dead letter is sent before it is deleted, and consumers deduplicate. Dead letters that arrive meanwhile are kept.\n' +
    'SQS itself moves a whole queue where it supports that.',
  options: { ...consumerOption, ...filterOptions, ...rate, ...dryRun },
  examples: [
    'dlq redrive --dry-run',
    'dlq redrive --consumer inventory.reserve-stock',
    'dlq redrive --reason unknown-version --contract OrderCreated --rate 20',
  ],
  run: async ({ values }, context) => {
    const isDryRun = values['dry-run'] === true;
    const options = {
      filter: filterOf(values, context.now()),
      perSecond: rateOf(values.rate),
      dryRun: isDryRun,
      contracts: await loadContracts(),
    };
    const results: Redriven[] = [];
    for (const queue of selectQueues(values, context)) {
      if (!context.lifetime.signal.aborted) results.push(await redrive(queue, options, context));
    }
    const affected = results.filter(({ redriven, kept }) => redriven > 0 || Object.keys(kept).length > 0);
    const left = affected.reduce((sum, { kept }) => sum + countKept(kept), 0);
    return {
      text: format(affected, isDryRun),
      json: { dryRun: isDryRun, queues: affected },
      ...(left > 0 && { failure: `${counted(left, 'dead letter')} cannot be redriven.` }),
    };
  },
});

function format(queues: readonly Redriven[], isDryRun: boolean): string {
  if (queues.length === 0) return isDryRun ? 'There is nothing to redrive.' : 'Nothing was redriven.';
  const head = isDryRun ? ['queue', 'would be redriven', 'kept', 'why'] : ['queue', 'redriven', 'by', 'kept', 'why'];
  return formatTable(
    head,
    queues.map(({ queue, by, redriven, kept }) => {
      const reasons = Object.keys(kept).join('; ') || '-';
      return [queue, redriven, ...(isDryRun ? [] : [by]), countKept(kept), reasons];
    }),
  );
}

function countKept(kept: Redriven['kept']): number {
  return Object.values(kept).reduce((sum, count) => sum + count, 0);
}
