import { OrderCancelled, OrderCompleted, OrderConfirmed, OrderCreated, OrderDue } from '../../contracts/orders';
import type { Metadata } from '../runtime/events/envelope';
import { advance as advanceProcess, factsOf } from '../runtime/process/facts';
import { type Order, summarised } from './order';
import { type Arrival, cancellationReason, type Decision, orderProcess } from './order-process';
import { MAX_NUDGES, patience } from './patience';
import { type OrderWork, orderTable } from './service';

/**
 * Adds an arrival to an order's facts, and publishes the decisions that follow. For a new order, schedules the end of the payment
 * window and the first check of its progress.
 *
 * @param at when the event occurred: ISO 8601, UTC
 */
export function advance(before: Order, arrival: Arrival, at: string, work: OrderWork): void {
  const { facts, decisions } = advanceProcess(orderProcess, before.facts, [arrival], {
    at,
    now: work.now.toISOString(),
  });
  const sent = { ...before.sent };
  for (const decision of decisions) sent[decision] = publish(decision, { ...before, facts }, work) ?? sent[decision];
  // The reminder stays as it is: when it is due, it finds the progress.
  const due = before.due ?? after(work, patience.progress);
  const progressed = { ...before, facts, sent, progressedAt: work.now.toISOString(), nudges: 0, flagged: false, due };
  const isNew = decisions.includes('OrderCreated') && !orderProcess.hasEnded(factsOf(facts));
  work.put(orderTable(before.orderId), summarised(isNew ? { ...progressed, ...begin(progressed, work) } : progressed));
}

/** Nudges an order that has made no progress for too long. Otherwise schedules the next check. */
export function checkProgress(order: Order, work: OrderWork): void {
  const due = lateAt(order);
  if (work.now.toISOString() >= due) {
    nudge(order, work);
    return;
  }
  const reminder = scheduleCheck(order.orderId, order.nudges, due, work);
  work.put(orderTable(order.orderId), { ...order, due, reminder });
}

/** The time from which the order is late, without further progress. */
function lateAt({ progressedAt, nudges, due = '' }: Order): string {
  // An order of an earlier version has the time itself in `due`.
  if (progressedAt === undefined) return due;
  return new Date(Date.parse(progressedAt) + patience.progress * 2 ** nudges * 1_000).toISOString();
}

/** Whether the payment has no result yet. */
export function isUnpaid({ facts }: Order): boolean {
  return !facts.PaymentCompleted && !facts.PaymentFailed && !facts.PaymentOverdue && !facts.OrderCancelled;
}

/**
 * Publishes the events again whose answers the order waits for, and schedules another check. After {@link MAX_NUDGES} nudges,
 * flags the order for operators instead. If the payment window has closed and its reminder was lost, cancels the order.
 */
export function nudge(stuck: Order, work: OrderWork): void {
  const { orderId, nudges, sent, facts } = stuck;
  if (facts.OrderCreated && isUnpaid(stuck)) {
    const windowEnd = Date.parse(facts.OrderCreated) + patience.paymentWindow * 1_000;
    if (windowEnd < work.now.getTime()) {
      const due = after(work, patience.progress);
      const reminder = scheduleCheck(orderId, 0, due, work);
      advance({ ...stuck, due, reminder }, 'PaymentOverdue', work.now.toISOString(), work);
      return;
    }
  }
  if (nudges >= MAX_NUDGES) {
    const { due: _due, reminder: _reminder, ...rest } = stuck;
    work.put(orderTable(orderId), summarised({ ...rest, flagged: true }));
    return;
  }
  for (const decision of new Set(orderProcess.waitingFor(factsOf(stuck.facts)).flatMap(({ from }) => from))) {
    const metadata = sent?.[decision];
    if (metadata) publish(decision, stuck, work, metadata);
  }
  const due = after(work, patience.progress * 2 ** (nudges + 1));
  const reminder = scheduleCheck(orderId, nudges + 1, due, work);
  work.put(orderTable(orderId), summarised({ ...stuck, nudges: nudges + 1, due, reminder }));
}

/** Schedules a check of the order's progress. @returns the reminder's id */
function scheduleCheck(orderId: string, nudges: number, due: string, work: OrderWork): string {
  return work.remind(OrderDue, { orderId, what: 'progress', nudges }, new Date(due)).id;
}

function begin({ orderId, due }: Order & { due: string }, work: OrderWork): Pick<Order, 'reminder'> {
  const windowEnd = new Date(after(work, patience.paymentWindow));
  work.remind(OrderDue, { orderId, what: 'payment', nudges: 0 }, windowEnd);
  return { reminder: scheduleCheck(orderId, 0, due, work) };
}

function after(work: OrderWork, seconds: number): string {
  return new Date(work.now.getTime() + seconds * 1_000).toISOString();
}

/** Publishes a decision. @param again the metadata of the earlier event, to publish the same event again */
function publish(
  decision: Decision,
  { placed, ...known }: Order,
  work: OrderWork,
  again?: Metadata,
): Metadata | undefined {
  if (!placed) return undefined;
  const { orderId } = known;
  const { customerId, lines, total } = placed;
  switch (decision) {
    case 'OrderCreated':
      return work.emit(OrderCreated, { orderId, customerId, lines, total }, again);
    case 'OrderConfirmed':
      return work.emit(OrderConfirmed, { orderId, customerId, lines }, again);
    case 'OrderCancelled':
      return work.emit(OrderCancelled, { orderId, reason: cancellationReason(factsOf(known.facts)) }, again);
    case 'OrderCompleted':
      return work.emit(OrderCompleted, { orderId }, again);
  }
}
