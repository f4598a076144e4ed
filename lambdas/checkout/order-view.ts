import type { Money, OrderLine } from '../../contracts/values';

/** Checkout's view of an order, built from its events. */
export interface OrderView {
  readonly orderId: string;
  readonly customerId: string;
  readonly lines: readonly OrderLine[];
  readonly total: Money;
  /** The URL that receives callbacks. Absent when the customer only polls. */
  readonly callbackUrl?: string;
  /** The events seen, oldest first. */
  readonly history: readonly Milestone[];
}

export interface Milestone {
  readonly event: string;
  /** ISO 8601, UTC. */
  readonly occurredAt: string;
  /** The event's reason, if it has one. */
  readonly reason?: string;
  /** The type of the callback, for events about callbacks. */
  readonly callback?: string;
}

/** The status of an order for its customer. */
export type Status = 'accepted' | 'created' | 'confirmed' | 'dispatched' | 'completed' | 'cancelled';

/** The first of these events that has occurred gives the status. */
const statusOf: readonly (readonly [event: string, status: Status])[] = [
  ['OrderCompleted', 'completed'],
  ['OrderCancelled', 'cancelled'],
  ['ShipmentDispatched', 'dispatched'],
  ['OrderConfirmed', 'confirmed'],
  ['OrderCreated', 'created'],
];

/** Returns the status of an order. It depends on the set of events, not on their order of arrival. */
export function status({ history }: Pick<OrderView, 'history'>): Status {
  const seen = new Set(history.map(({ event }) => event));
  return statusOf.find(([event]) => seen.has(event))?.[1] ?? 'accepted';
}

/** Returns whether the status of the order is final. */
export function isOver(view: Pick<OrderView, 'history'>): boolean {
  return ['completed', 'cancelled'].includes(status(view));
}

/** Returns the view with one more event. Repeated events are ignored. Events about callbacks are compared with their type. */
export function follow(view: OrderView, milestone: Milestone): OrderView {
  const isSame = ({ event, callback }: Milestone) => event === milestone.event && callback === milestone.callback;
  if (view.history.some(isSame)) return view;
  const history = [...view.history, milestone].sort(
    (a, b) => a.occurredAt.localeCompare(b.occurredAt) || a.event.localeCompare(b.event),
  );
  return { ...view, history };
}
