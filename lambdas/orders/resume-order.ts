import { consume } from '../runtime/consume/consume';
import { nudge } from './advance';
import { orderTable, resumeOrder } from './service';

/** Nudges an order that reconciliation has found unended, flagged or not. */
export const handler = consume(resumeOrder, async ({ orderId }, work) => {
  const known = await work.load(orderTable(orderId));
  if (!known || known.ended) return;
  nudge({ ...known, nudges: 0, flagged: false }, work);
});
