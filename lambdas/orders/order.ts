import type { OrderPlaced } from '../../contracts/checkout';
import type { DataOf } from '../../contracts/core/contract';
import type { Metadata } from '../runtime/events/envelope';
import { type FactTimes, factsOf } from '../runtime/process/facts';
import { type Decision, type Fact, isContradictory, orderProcess, type Status } from './order-process';

/** The process manager's state of an order. All times are ISO 8601, UTC. */
export interface Order {
  readonly orderId: string;
  readonly facts: FactTimes<Fact>;
  /** The data of `OrderPlaced`. Absent while other events of the order have overtaken it. */
  readonly placed?: DataOf<typeof OrderPlaced>;
  /** The metadata of the published decisions: enough to publish them again. */
  readonly sent?: Readonly<Partial<Record<Decision, Metadata>>>;
  /** When to check the order's progress. Absent once it has ended or is flagged. */
  readonly due?: string;
  /** The id of the reminder for that check. Reminders with other ids are outdated. */
  readonly reminder?: string;
  /** Nudges since the last progress. */
  readonly nudges: number;
  /** An operator must act: the order makes no progress, or its facts contradict each other. */
  readonly flagged: boolean;

  // Computed from the facts, for queries and operators.
  readonly status: Status;
  readonly waitingFor: readonly string[];
  readonly ended: boolean;
  /** The shard of the index of open orders. Absent once the order has ended. */
  readonly open?: string;
}

/** An order without facts. */
export function unknownOrder(orderId: string): Order {
  return { orderId, facts: {}, nudges: 0, flagged: false, status: 'unknown', waitingFor: [], ended: false };
}

/** Returns the order with up-to-date computed attributes. */
export function summarised(order: Order): Order {
  const facts = factsOf(order.facts);
  const ended = orderProcess.hasEnded(facts);
  const { due, reminder, open: _open, ...rest } = order;
  return {
    ...rest,
    status: orderProcess.status(facts),
    waitingFor: orderProcess.waitingFor(facts).map((wait) => wait.for.join(' or ')),
    ended,
    flagged: order.flagged || isContradictory(facts),
    ...(!ended && { due, reminder, open: partOf(order.orderId) }),
  };
}

/** The shards of the index of open orders. They spread its traffic over several partitions. */
export const OPEN_PARTS = [...'0123456789abcdef'];

function partOf(orderId: string): string {
  const last = orderId.at(-1) ?? '';
  return OPEN_PARTS.includes(last) ? last : '0';
}
