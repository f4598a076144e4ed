import type { Options, Values } from '../../cli/options';
import { parseOptionalTime } from '../times';
import type { DeadLetter } from './dead-letter';

/** A filter of dead letters. All given conditions must hold. */
export interface Filter {
  readonly reasons?: readonly string[];
  /** `OrderCreated` or `orders.OrderCreated`. */
  readonly contracts?: readonly string[];
  readonly correlationIds?: readonly string[];
  /** SQS message ids. */
  readonly messageIds?: readonly string[];
  readonly since?: Date;
  readonly until?: Date;
}

/** The options from which {@link filterOf} makes a filter. */
export const filterOptions = {
  reason: {
    type: 'string',
    multiple: true,
    value: 'reason',
    help: 'Only dead letters with this reason, as shown by "dlq list".',
  },
  contract: {
    type: 'string',
    multiple: true,
    value: 'Name',
    help: 'Only these events: OrderCreated or orders.OrderCreated.',
  },
  'correlation-id': { type: 'string', multiple: true, value: 'id', help: 'Only events that these requests caused.' },
  'message-id': { type: 'string', multiple: true, value: 'id', help: 'Only these messages, as "dlq peek" shows them.' },
  since: { type: 'string', value: 'time', help: 'Only dead letters since this time: 2h, or 2026-01-31T12:00Z.' },
  until: { type: 'string', value: 'time', help: 'Only dead letters before this time.' },
} as const satisfies Options;

/** @throws UsageError when a time is invalid */
export function filterOf(values: Values<typeof filterOptions>, now: Date): Filter {
  return {
    reasons: values.reason,
    contracts: values.contract,
    correlationIds: values['correlation-id'],
    messageIds: values['message-id'],
    since: parseOptionalTime('--since', values.since, now),
    until: parseOptionalTime('--until', values.until, now),
  };
}

/** Returns whether the filter has no conditions. */
export function isOpen(filter: Filter): boolean {
  return Object.values(filter).every((condition) => condition === undefined);
}

export function matches(deadLetter: DeadLetter, filter: Filter): boolean {
  const { reason, contract, correlationId, since, message } = deadLetter;
  const names = contract === undefined ? [] : [contract, nameOf(contract)];
  return (
    (!filter.reasons || filter.reasons.includes(reason)) &&
    (!filter.contracts || names.some((name) => filter.contracts?.includes(name))) &&
    (!filter.correlationIds || (correlationId !== undefined && filter.correlationIds.includes(correlationId))) &&
    (!filter.messageIds || filter.messageIds.includes(message.MessageId ?? '')) &&
    (!filter.since || since >= filter.since) &&
    (!filter.until || since < filter.until)
  );
}

/** Neither owners nor names contain a dot. */
function nameOf(contract: string): string {
  return contract.slice(contract.lastIndexOf('.') + 1);
}
