import type { Options, Values } from '../command';
import { optionalTime } from '../times';
import type { DeadLetter } from './letter';

/** Which dead letters: each condition that is given must hold. */
export interface Filter {
  readonly reasons?: readonly string[];
  /** `owner.Name`, or the name alone. */
  readonly contracts?: readonly string[];
  readonly correlationIds?: readonly string[];
  readonly since?: Date;
  readonly until?: Date;
}

/** The options that make a {@link Filter}. */
export const filterOptions = {
  reason: {
    type: 'string',
    multiple: true,
    value: 'reason',
    help: 'Only those that died for it, as "dlq list" shows it.',
  },
  contract: {
    type: 'string',
    multiple: true,
    value: 'Name',
    help: 'Only these events: OrderCreated or orders.OrderCreated.',
  },
  'correlation-id': { type: 'string', multiple: true, value: 'id', help: 'Only what followed from these requests.' },
  since: { type: 'string', value: 'time', help: 'Only those that died since then: 2h, or 2026-01-31T12:00Z.' },
  until: { type: 'string', value: 'time', help: 'Only those that died before.' },
} as const satisfies Options;

export function filterOf(values: Values<typeof filterOptions>, now: Date): Filter {
  return {
    reasons: values.reason,
    contracts: values.contract,
    correlationIds: values['correlation-id'],
    since: optionalTime('--since', values.since, now),
    until: optionalTime('--until', values.until, now),
  };
}

/** Whether it lets everything pass. */
export function isOpen(filter: Filter): boolean {
  return Object.values(filter).every((condition) => condition === undefined);
}

export function matches(letter: DeadLetter, filter: Filter): boolean {
  const { reasons, contracts, correlationIds, since, until } = filter;
  const names = letter.contract === undefined ? [] : [letter.contract, nameOf(letter.contract)];
  return (
    (!reasons || reasons.includes(letter.reason)) &&
    (!contracts || names.some((name) => contracts.includes(name))) &&
    (!correlationIds || (letter.correlationId !== undefined && correlationIds.includes(letter.correlationId))) &&
    (!since || letter.since >= since) &&
    (!until || letter.since < until)
  );
}

/** Names hold no dot, owners may not either. */
function nameOf(contract: string): string {
  return contract.slice(contract.lastIndexOf('.') + 1);
}
