import { OrderCancelled, OrderCompleted, OrderConfirmed, OrderCreated, OrderDue } from '../../contracts/orders';
import type { Metadata } from '../runtime/events/envelope';
import { advance as advanceProcess, factsOf } from '../runtime/process/facts';
import { type Order, summarised } from './order';
import { type Arrival, cancellationReason, type Decision, orderProcess } from './order-process';
import { MAX_NUDGES, patience } from './patience';
import { type OrderWork, orderTable } from './service';

/**
 * Adds an arrival to an order's facts, and publishes the decisions that follow. For a new order, schedules the first check of its
 * progress.
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
  const checked = isNew ? { ...progressed, ...scheduleCheck(progressed, due, work) } : progressed;
  work.put(orderTable(before.orderId), summarised(checked));
}

/**
 * Cancels an order whose payment window has closed, and nudges one that has made no progress for too long. Otherwise schedules the next
 * check.
 */
export function checkProgress(order: Order, work: OrderWork): void {
  const [now, due, windowEnd] = [work.now.toISOString(), lateAt(order), windowEndOf(order)];
  if (now >= due || (windowEnd !== undefined && now >= windowEnd)) nudge(order, work);
  else work.put(orderTable(order.orderId), { ...order, ...scheduleCheck(order, due, work) });
}

/** The time from which the order is late, without further progress. */
function lateAt({ progressedAt, nudges, due = '' }: Order): string {
  // An order of an earlier version has the time itself in `due`.
  if (progressedAt === undefined) return due;
  return new Date(Date.parse(progressedAt) + patience.progress * 2 ** nudges * 1_000).toISOString();
}

/** When the payment window closes; undefined if the payment has a result. */
function windowEndOf({ facts }: Order): string | undefined {
  const isPaid = facts.PaymentCompleted ?? facts.PaymentFailed ?? facts.PaymentOverdue ?? facts.OrderCancelled;
  if (isPaid || !facts.OrderCreated) return undefined;
  return new Date(Date.parse(facts.OrderCreated) + patience.paymentWindow * 1_000).toISOString();
}

/**
 * Publishes the events again whose answers the order waits for, and schedules another check. After {@link MAX_NUDGES} nudges,
 * flags the order for operators instead. If the payment window has closed, cancels the order.
 */
export function nudge(stuck: Order, work: OrderWork): void {
  const { orderId, nudges, sent } = stuck;
  const [now, windowEnd] = [work.now.toISOString(), windowEndOf(stuck)];
  if (windowEnd !== undefined && now >= windowEnd) {
    const overdue = { ...stuck, nudges: 0, facts: { ...stuck.facts, PaymentOverdue: now } };
    const next = scheduleCheck(overdue, after(work, patience.progress), work);
    advance({ ...stuck, ...next }, 'PaymentOverdue', now, work);
    return;
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
  const nudged = { ...stuck, nudges: nudges + 1 };
  const next = scheduleCheck(nudged, after(work, patience.progress * 2 ** nudged.nudges), work);
  work.put(orderTable(orderId), summarised({ ...nudged, ...next }));
}

/**
 * Schedules the next check of an order.
 *
 * @param late when the order is late. The check comes earlier if the payment window closes before
 */
function scheduleCheck(order: Order, late: string, work: OrderWork): Required<Pick<Order, 'due' | 'reminder'>> {
  const { orderId, nudges } = order;
  const windowEnd = windowEndOf(order);
  const due = windowEnd !== undefined && windowEnd < late ? windowEnd : late;
  return { due, reminder: work.remind(OrderDue, { orderId, what: 'progress', nudges }, new Date(due)).id };
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
