import type { Money, OrderLine } from '../../contracts/values';

/** What checkout shows of an order: its own copy, kept by following the events. */
export interface OrderView {
  readonly orderId: string;
  readonly customerId: string;
  readonly lines: readonly OrderLine[];
  readonly total: Money;
  /** The events seen, oldest first. */
  readonly history: readonly Milestone[];
}

export interface Milestone {
  readonly event: string;
  /** ISO 8601, UTC. */
  readonly occurredAt: string;
  /** Why, for events that say so. */
  readonly reason?: string;
  /** Which callback, for events about callbacks. */
  readonly callback?: string;
}

/** How far an order is, for its customer. */
export type Status = 'accepted' | 'created' | 'confirmed' | 'dispatched' | 'completed' | 'cancelled';

/** The first event that was seen decides. */
const statusOf: readonly (readonly [event: string, status: Status])[] = [
  ['OrderCompleted', 'completed'],
  ['OrderCancelled', 'cancelled'],
  ['ShipmentDispatched', 'dispatched'],
  ['OrderConfirmed', 'confirmed'],
  ['OrderCreated', 'created'],
];

/** How far an order is: a function of the set of events seen, whatever their order of arrival. */
export function status({ history }: Pick<OrderView, 'history'>): Status {
  const seen = new Set(history.map(({ event }) => event));
  return statusOf.find(([event]) => seen.has(event))?.[1] ?? 'accepted';
}

/** Nothing more will happen to the order that its customer should wait for. */
export function isOver(view: Pick<OrderView, 'history'>): boolean {
  return ['completed', 'cancelled'].includes(status(view));
}

/** The view once one more event was seen; each kind of event counts once, for callbacks once for each of them. */
export function follow(view: OrderView, milestone: Milestone): OrderView {
  const isSame = ({ event, callback }: Milestone) => event === milestone.event && callback === milestone.callback;
  if (view.history.some(isSame)) return view;
  const history = [...view.history, milestone].sort(
    (a, b) => a.occurredAt.localeCompare(b.occurredAt) || a.event.localeCompare(b.event),
  );
  return { ...view, history };
}
