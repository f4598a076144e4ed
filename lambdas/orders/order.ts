import type { OrderPlaced } from '../../contracts/checkout';
import type { DataOf } from '../../contracts/core/contract';
import type { Metadata } from '../runtime/events/envelope';
import { type FactTimes, factsOf } from '../runtime/process/facts';
import { type Decision, type Fact, isContradictory, orderProcess, type Status } from './order-process';

/** The process manager's state of an order. All times are ISO 8601, UTC. */
export interface Order {
  readonly orderId: string;
  readonly facts: FactTimes<Fact>;
  /** The data of `OrderPlaced` that other events repeat. Absent while other events of the order have overtaken it. */
  readonly placed?: Pick<DataOf<typeof OrderPlaced>, 'customerId' | 'lines' | 'total'>;
  /** The metadata of the published decisions that the order waits for answers to: enough to publish them again. */
  readonly sent?: Readonly<Partial<Record<Decision, Metadata>>>;
  /** When the last event arrived. */
  readonly progressedAt?: string;
  /** When the order's progress is checked next. Absent once it has ended or is flagged. */
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
  const { due, reminder, sent } = order;
  const waits = orderProcess.waitingFor(facts);
  return {
    ...order,
    sent: sent && pick(sent, new Set(waits.flatMap(({ from }) => from))),
    status: orderProcess.status(facts),
    waitingFor: waits.map((wait) => wait.for.join(' or ')),
    ended,
    flagged: order.flagged || isContradictory(facts),
    due: ended ? undefined : due,
    reminder: ended ? undefined : reminder,
    open: ended ? undefined : partOf(order.orderId),
  };
}

/** The shards of the index of open orders. They spread its traffic over several partitions. */
export const OPEN_PARTS = [...'0123456789abcdef'];

function pick(sent: NonNullable<Order['sent']>, decisions: ReadonlySet<Decision>): Order['sent'] {
  return Object.fromEntries(Object.entries(sent).filter(([decision]) => decisions.has(decision as Decision)));
}

function partOf(orderId: string): string {
  const last = orderId.at(-1) ?? '';
  return OPEN_PARTS.includes(last) ? last : '0';
}
