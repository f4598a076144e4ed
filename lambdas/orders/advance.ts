import { OrderCancelled, OrderCompleted, OrderConfirmed, OrderCreated, OrderDue } from '../../contracts/orders';
import type { Metadata } from '../runtime/events/envelope';
import type { Work } from '../runtime/work/unit-of-work';
import { factsOf, type Order, order, summarised } from './order';
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

/**
 * Adds what happened to what is known of an order, publishes what follows from it, and stages the order. An order that has
 * just begun gets its reminders: the end of its payment window, and a first look at its progress.
 *
 * @param at when it happened
 */
export function advance(before: Order, arrival: Arrival, at: string, work: Work): void {
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
  work.put(order(before.orderId), summarised(begun ? { ...progressed, ...begin(progressed, work) } : progressed));
}

/** Sends again what the order still waits for an answer to, and looks again later; flags it after the last nudge. */
export function nudge(stuck: Order, work: Work): void {
  const { orderId, nudges, sent } = stuck;
  if (nudges >= MAX_NUDGES) {
    const { due: _due, reminder: _reminder, ...rest } = stuck;
    work.put(order(orderId), summarised({ ...rest, flagged: true }));
    return;
  }
  for (const decision of new Set(waitingFor(factsOf(stuck)).flatMap(({ from }) => from))) {
    const metadata = sent?.[decision];
    if (metadata) publish(decision, stuck, work, metadata);
  }
  const due = after(work, patience.progress * 2 ** (nudges + 1));
  const reminder = remind(orderId, nudges + 1, due, work);
  work.put(order(orderId), summarised({ ...stuck, nudges: nudges + 1, due, reminder }));
}

/** Has a look at the order's progress come up at a certain time. @returns the reminder's id */
export function remind(orderId: string, nudges: number, due: string, work: Work): string {
  return work.remind(OrderDue, { orderId, what: 'progress', nudges }, new Date(due)).id;
}

function begin({ orderId, due }: Order & { due: string }, work: Work): Pick<Order, 'reminder'> {
  const windowEnd = new Date(after(work, patience.paymentWindow));
  work.remind(OrderDue, { orderId, what: 'payment', nudges: 0 }, windowEnd);
  return { reminder: remind(orderId, 0, due, work) };
}

function after(work: Work, seconds: number): string {
  return new Date(work.now.getTime() + seconds * 1_000).toISOString();
}

/** Publishes a decision; again, as the same event, where the metadata of the first time are given. */
function publish(decision: Decision, { placed, ...known }: Order, work: Work, again?: Metadata): Metadata | undefined {
  if (!placed) return undefined;
  const { orderId, customerId, lines, total } = placed;
  switch (decision) {
    case 'OrderCreated':
      return send(work, OrderCreated, { orderId, customerId, lines, total }, again);
    case 'OrderConfirmed':
      return send(work, OrderConfirmed, { orderId, customerId, lines }, again);
    case 'OrderCancelled':
      return send(work, OrderCancelled, { orderId, reason: cancellationReason(factsOf(known)) }, again);
    case 'OrderCompleted':
      return send(work, OrderCompleted, { orderId }, again);
  }
}

function send(work: Work, ...[contract, data, again]: [...Parameters<Work['emit']>, Metadata | undefined]): Metadata {
  if (!again) return work.emit(contract, data);
  work.resend(contract, data, again);
  return again;
}
