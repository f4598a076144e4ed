import { consume } from '../runtime/consume/consume';
import { checkProgress, nudge } from './advance';
import { checkOrder, orderTable } from './service';

/**
 * Cancels an order whose payment window has closed, and nudges an order that makes no progress.
 * A reminder that is late, repeated, or arrives after the order has ended has no effect.
 */
export const handler = consume(checkOrder, async ({ orderId, what }, work, { metadata }) => {
  const known = await work.load(orderTable(orderId));
  if (!known || known.ended) return;
  if (what === 'resume') return nudge({ ...known, nudges: 0, flagged: false }, work);
  if (metadata.id === known.reminder) checkProgress(known, work);
});
