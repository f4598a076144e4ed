import { defineCommand } from '../command';
import { filterOf, filterOptions } from '../dead-letters/filter';
import type { DeadLetter } from '../dead-letters/letter';
import { look } from '../dead-letters/look';
import { consumerOption, selected } from '../dead-letters/selection';
import { printable, shorten } from '../text';
import { formatAge } from '../times';
import { countOf } from '../usage';

const DEFAULT_LIMIT = '10';
const BODY_LENGTH = 300;

export const dlqPeek = defineCommand({
  name: 'dlq peek',
  summary: 'Dead letters one by one: reason, error, contract, ids, age and body.',
  details: 'They are given back as they were: for a moment nobody else sees them.',
  options: {
    ...consumerOption,
    ...filterOptions,
    limit: { type: 'string', value: 'n', help: `Show no more than so many (${DEFAULT_LIMIT}).` },
    full: { type: 'boolean', help: 'Whole bodies; JSON always has them.' },
  },
  examples: ['dlq peek --consumer inventory.reserve-stock', 'dlq peek --correlation-id 4f1c… --json'],
  run: async ({ values }, context) => {
    const now = context.now();
    const filter = filterOf(values, now);
    const limit = countOf('--limit', values.limit ?? DEFAULT_LIMIT);
    const letters: DeadLetter[] = [];
    for (const queue of selected(values, context)) {
      if (letters.length >= limit) break;
      letters.push(...(await look(queue, filter, { found: limit - letters.length }, context)).letters);
    }
    const text = letters.map((letter) => show(letter, now, values.full === true)).join('\n\n');
    return { text: text || 'No dead letter matches.', json: { letters: letters.map(describe) } };
  },
});

function show(letter: DeadLetter, now: Date, full: boolean): string {
  const { queue, reason, error, contract, version, eventId, correlationId, recordId, since, message } = letter;
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

function describe({ message, since, ...letter }: DeadLetter) {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, value.StringValue]);
  return {
    ...letter,
    since: since.toISOString(),
    messageId: message.MessageId,
    attributes: Object.fromEntries(attributes),
    body: message.Body,
  };
}
