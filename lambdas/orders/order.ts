import type { OrderPlaced } from '../../contracts/checkout';
import type { DataOf } from '../../contracts/core/contract';
import type { Metadata } from '../runtime/events/envelope';
import { type Decision, type Fact, hasEnded, isContradictory, type Status, status, waitingFor } from './order-process';

/** What the process manager keeps of an order. All times are ISO 8601, UTC. */
export interface Order {
  readonly orderId: string;
  /** What is known, and since when: the whole state. */
  readonly facts: Readonly<Partial<Record<Fact, string>>>;
  /** What was ordered; unknown as long as events of the order overtake `OrderPlaced`. */
  readonly placed?: DataOf<typeof OrderPlaced>;
  /** What the published decisions were sent as: enough to send them again. */
  readonly sent?: Readonly<Partial<Record<Decision, Metadata>>>;
  /** When to look whether the order progresses; absent once it has ended, or nobody looks any more. */
  readonly due?: string;
  /** The id of the reminder that will come then: any other is late. */
  readonly reminder?: string;
  /** How often it was nudged since it last progressed. */
  readonly nudges: number;
  /** It does not progress, or something happened that must not: a person has to look. */
  readonly flagged: boolean;

  // Read off the facts, for those who look at the table.
  readonly status: Status;
  readonly waitingFor: readonly string[];
  readonly ended: boolean;
  /** Which part of the index of open orders it is in; absent once it has ended. */
  readonly open?: string;
}

/** An order of which nothing is known yet. */
export function unknownOrder(orderId: string): Order {
  return { orderId, facts: {}, nudges: 0, flagged: false, status: 'unknown', waitingFor: [], ended: false };
}

export function factsOf({ facts }: Pick<Order, 'facts'>): Set<Fact> {
  return new Set(Object.keys(facts) as Fact[]);
}

/** The order with what is read off its facts brought up to date. */
export function summarised(order: Order): Order {
  const facts = factsOf(order);
  const ended = hasEnded(facts);
  const { due, reminder, open: _open, ...rest } = order;
  return {
    ...rest,
    status: status(facts),
    waitingFor: waitingFor(facts).map((wait) => wait.for.join(' or ')),
    ended,
    flagged: order.flagged || isContradictory(facts),
    ...(!ended && { due, reminder, open: partOf(order.orderId) }),
  };
}

/** Open orders are indexed in sixteen parts, so that no part of the index takes all the traffic. */
export const OPEN_PARTS = [...'0123456789abcdef'];

function partOf(orderId: string): string {
  const last = orderId.at(-1) ?? '';
  return OPEN_PARTS.includes(last) ? last : '0';
}
