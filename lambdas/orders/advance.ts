import { OrderCancelled, OrderCompleted, OrderConfirmed, OrderCreated, OrderDue } from '../../contracts/orders';
import type { Metadata } from '../runtime/events/envelope';
import { factsOf, type Order, summarised } from './order';
import {
  type Arrival,
  cancellationReason,
  type Decision,
  decide,
  type Fact,
  hasEnded,
  waitingFor,
} from './order-process';
import { MAX_NUDGES, patience } from './patience';
import { type OrderWork, orderTable } from './service';

/**
 * Adds what happened to what is known of an order, publishes what follows from it, and stages the order. An order that has
 * just begun gets its reminders: the end of its payment window, and a first look at its progress.
 *
 * @param at when it happened
 */
export function advance(before: Order, arrival: Arrival, at: string, work: OrderWork): void {
  const facts: Partial<Record<Fact, string>> = { ...before.facts, [arrival]: before.facts[arrival] ?? at };
  const known = factsOf({ facts });
  const sent = { ...before.sent };
  const { placed } = before;
  for (const decision of decide(known)) {
    facts[decision] = work.now.toISOString();
    known.add(decision);
    if (placed) sent[decision] = publish(decision, { ...before, facts }, work);
  }
  const progressed = { ...before, facts, sent, nudges: 0, flagged: false, due: after(work, patience.progress) };
  const begun = sent.OrderCreated && !before.sent?.OrderCreated && !hasEnded(known);
  work.put(orderTable(before.orderId), summarised(begun ? { ...progressed, ...begin(progressed, work) } : progressed));
}

/** Sends again what the order still waits for an answer to, and looks again later; flags it after the last nudge. */
export function nudge(stuck: Order, work: OrderWork): void {
  const { orderId, nudges, sent } = stuck;
  if (nudges >= MAX_NUDGES) {
    const { due: _due, reminder: _reminder, ...rest } = stuck;
    work.put(orderTable(orderId), summarised({ ...rest, flagged: true }));
    return;
  }
  for (const decision of new Set(waitingFor(factsOf(stuck)).flatMap(({ from }) => from))) {
    const metadata = sent?.[decision];
    if (metadata) publish(decision, stuck, work, metadata);
  }
  const due = after(work, patience.progress * 2 ** (nudges + 1));
  const reminder = remind(orderId, nudges + 1, due, work);
  work.put(orderTable(orderId), summarised({ ...stuck, nudges: nudges + 1, due, reminder }));
}

/** Has a look at the order's progress come up at a certain time. @returns the reminder's id */
export function remind(orderId: string, nudges: number, due: string, work: OrderWork): string {
  return work.remind(OrderDue, { orderId, what: 'progress', nudges }, new Date(due)).id;
}

function begin({ orderId, due }: Order & { due: string }, work: OrderWork): Pick<Order, 'reminder'> {
  const windowEnd = new Date(after(work, patience.paymentWindow));
  work.remind(OrderDue, { orderId, what: 'payment', nudges: 0 }, windowEnd);
  return { reminder: remind(orderId, 0, due, work) };
}

function after(work: OrderWork, seconds: number): string {
  return new Date(work.now.getTime() + seconds * 1_000).toISOString();
}

/** Publishes a decision. @param again the metadata of the earlier event, to publish that one once more */
function publish(
  decision: Decision,
  { placed, ...known }: Order,
  work: OrderWork,
  again?: Metadata,
): Metadata | undefined {
  if (!placed) return undefined;
  const { orderId, customerId, lines, total } = placed;
  switch (decision) {
    case 'OrderCreated':
      return work.emit(OrderCreated, { orderId, customerId, lines, total }, again);
    case 'OrderConfirmed':
      return work.emit(OrderConfirmed, { orderId, customerId, lines }, again);
    case 'OrderCancelled':
      return work.emit(OrderCancelled, { orderId, reason: cancellationReason(factsOf(known)) }, again);
    case 'OrderCompleted':
      return work.emit(OrderCompleted, { orderId }, again);
  }
}
