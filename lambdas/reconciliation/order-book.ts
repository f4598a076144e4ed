import { CALLBACK_REPORT_DAYS, type CallbackType } from '../../contracts/callbacks';
import type { Money } from '../../contracts/values';
import { type FactTimes, withFacts } from '../runtime/process/facts';
import { partAt } from './calendar';

/** The events that an entry remembers. Reports of callbacks are remembered by their type. */
export type OrderFact =
  | 'OrderPlaced'
  | 'StockReserved'
  | 'StockRejected'
  | 'StockReleased'
  | 'PaymentCompleted'
  | 'OrderConfirmed'
  | 'OrderCancelled'
  | 'OrderCompleted';

/** What the bus has told about an order. All times are ISO 8601, UTC. */
export interface OrderEntry {
  readonly orderId: string;
  readonly facts: FactTimes<OrderFact>;
  /** Absent until `OrderPlaced` has arrived. */
  readonly total?: Money;
  /** Whether the customer wants callbacks. Absent until `OrderPlaced` has arrived. */
  readonly wantsCallbacks?: boolean;
  /** The callbacks that were delivered or have failed. */
  readonly reported: readonly CallbackType[];
  /** When the last event was recorded. An order is listed on the day of this time. */
  readonly at: string;
  readonly part: string;
  /** The day after which a promised callback must have been reported. Absent while none is missing. */
  readonly reportPart?: string;
}

const DAY = 24 * 60 * 60 * 1_000;

/** The callbacks that are always reported, and the event that promises each. */
const PROMISES = [
  ['OrderConfirmed', 'order.confirmed'],
  ['OrderCancelled', 'order.cancelled'],
  ['OrderCompleted', 'order.completed'],
] as const satisfies readonly (readonly [OrderFact, CallbackType])[];

/** The news of one event. */
export interface OrderNews extends Pick<OrderEntry, 'total' | 'wantsCallbacks'> {
  readonly fact?: OrderFact;
  readonly reported?: CallbackType;
  /** When the event occurred. */
  readonly occurredAt: string;
}

/** Returns an entry without facts. */
export function unknownEntry(orderId: string): OrderEntry {
  return { orderId, facts: {}, reported: [], at: '', part: '' };
}

/** Adds an event to an order's entry. @param now when it is recorded */
export function withNews(
  before: OrderEntry,
  { fact, reported, occurredAt, ...news }: OrderNews,
  now: Date,
): OrderEntry {
  const { reportPart: _, ...rest } = before;
  const after: OrderEntry = {
    ...rest,
    ...news,
    facts: fact ? withFacts(before.facts, [fact], occurredAt) : before.facts,
    reported: reported ? [...new Set([...before.reported, reported])] : before.reported,
    at: now.toISOString(),
    part: partAt(now, before.orderId),
  };
  const due = missingCallbacks(after).map(({ due }) => due.getTime());
  return due.length === 0 ? after : { ...after, reportPart: partAt(new Date(Math.min(...due)), before.orderId) };
}

/** Returns the callbacks that were promised and not reported, and when each must have been. */
export function missingCallbacks({ facts, wantsCallbacks, reported }: OrderEntry) {
  return PROMISES.flatMap(([fact, type]) => {
    const at = facts[fact];
    if (!wantsCallbacks || at === undefined || reported.includes(type)) return [];
    return [{ type, due: new Date(Date.parse(at) + CALLBACK_REPORT_DAYS * DAY) }];
  });
}
