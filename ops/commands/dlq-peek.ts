import { wholeNumber } from '../../cli/options';
import { printable, shorten } from '../../cli/text';
import { defineCommand } from '../command';
import type { DeadLetter } from '../dead-letters/dead-letter';
import { filterOf, filterOptions } from '../dead-letters/filter';
import { findDeadLetters } from '../dead-letters/find';
import { consumerOption, selectQueues } from '../dead-letters/selection';
import { formatAge } from '../times';

const DEFAULT_LIMIT = '10';
const BODY_LENGTH = 300;

export const dlqPeek = defineCommand({
  name: 'dlq peek',
  summary: 'Shows dead letters with reason, error, contract, ids, age and body.',
  details: 'The dead letters stay in their queues. While they are read, they are invisible to other commands.',
  options: {
    ...consumerOption,
    ...filterOptions,
    limit: { type: 'string', value: 'n', help: `Dead letters to show, at most (${DEFAULT_LIMIT}).` },
    full: { type: 'boolean', help: 'Shows whole bodies. JSON always contains them.' },
  },
  examples: ['dlq peek --consumer inventory.reserve-stock', 'dlq peek --correlation-id 4f1c… --json'],
  run: async ({ values }, context) => {
    const now = context.now();
    const filter = filterOf(values, now);
    const limit = wholeNumber('--limit', values.limit ?? DEFAULT_LIMIT);
    const deadLetters: DeadLetter[] = [];
    for (const queue of selectQueues(values, context)) {
      if (deadLetters.length >= limit) break;
      const found = await findDeadLetters(queue, filter, { found: limit - deadLetters.length }, context);
      deadLetters.push(...found.deadLetters);
    }
    const text = deadLetters.map((one) => formatDeadLetter(one, now, values.full === true)).join('\n\n');
    return { text: text || 'No dead letter matches.', json: { deadLetters: deadLetters.map(toJson) } };
  },
});

function formatDeadLetter(deadLetter: DeadLetter, now: Date, full: boolean): string {
  const { queue, reason, error, contract, version, eventId, correlationId, recordId, since, message } = deadLetter;
  const age = formatAge(now.getTime() - since.getTime());
  const body = printable(message.Body ?? '');
  const fields = {
    error,
    contract: contract && (version === undefined ? contract : `${contract} v${version}`),
    event: eventId,
    correlation: correlationId,
    record: recordId,
    since: since.toISOString(),
    message: message.MessageId,
    body: full ? body : shorten(body, BODY_LENGTH),
  };
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined);
  return [
    `${queue}: ${printable(reason)}, ${age} ago`,
    ...lines.map(([name, value]) => `  ${name.padEnd(12)}${printable(value ?? '')}`),
  ].join('\n');
}

function toJson({ message, since, ...deadLetter }: DeadLetter) {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, value.StringValue]);
  return {
    ...deadLetter,
    since: since.toISOString(),
    messageId: message.MessageId,
    attributes: Object.fromEntries(attributes),
    body: message.Body,
  };
}
