import { consume } from '../runtime/consume/consume';
import { factsOf } from '../runtime/process/facts';
import { advance, nudge, scheduleCheck } from './advance';
import { checkOrder, orderTable } from './service';

/**
 * Cancels an order whose payment window has closed, and nudges an order that makes no progress.
 * A reminder that is late, repeated, or arrives after the order has ended has no effect.
 */
export const handler = consume(checkOrder, async ({ orderId, what }, work, { metadata }) => {
  const ref = orderTable(orderId);
  const known = await work.load(ref);
  if (!known || known.ended) return;
  const facts = factsOf(known.facts);
  if (what === 'payment') {
    const isAnswered = (['PaymentCompleted', 'PaymentFailed', 'OrderCancelled'] as const).some((fact) =>
      facts.has(fact),
    );
    if (!isAnswered) advance(known, 'PaymentOverdue', work.now.toISOString(), work);
    return;
  }
  if (what === 'resume') return nudge({ ...known, nudges: 0, flagged: false }, work);
  if (metadata.id !== known.reminder || !known.due) return;
  if (work.now.toISOString() >= known.due) return nudge(known, work);
  // The order has progressed since the reminder was scheduled: check again at the new due time.
  work.put(ref, { ...known, reminder: scheduleCheck(orderId, known.nudges, known.due, work) });
});
