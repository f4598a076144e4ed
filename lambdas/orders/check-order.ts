import { consume } from '../runtime/consume/consume';
import { factsOf } from '../runtime/process/facts';
import { advance, nudge, remind } from './advance';
import { checkOrder, orderTable } from './service';

/**
 * Looks at an order when its time has come: cancels it when it is not paid by then, nudges it when it does not progress.
 * A reminder that comes late, twice, or after the order has ended does nothing.
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
  // It has progressed since the reminder was set: look again when it is due now.
  work.put(ref, { ...known, reminder: remind(orderId, known.nudges, known.due, work) });
});
