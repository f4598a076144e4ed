import { scheduled } from '../runtime/scheduled';
import { doWork } from '../runtime/work';
import { nudge } from './advance';
import { OPEN_PARTS, type Order, order } from './order';
import { patience } from './patience';

/** Orders of one part of the index that one run takes care of; the others wait for the next. */
const ORDERS_PER_PART = 100;

/** Finds orders whose reminder never came, and does what it would have done. */
export const handler = scheduled(async (worker, runtime) => {
  // A reminder may be a little late: that is no reason to do its work for it.
  const upTo = new Date(runtime.now().getTime() - patience.progress * 1_000).toISOString();
  const parts = OPEN_PARTS.map((value) =>
    runtime.store.query({
      table: 'orders',
      index: 'open-by-due',
      partition: { attribute: 'open', value },
      sort: { attribute: 'due', upTo },
      limit: ORDERS_PER_PART,
    }),
  );
  for (const { orderId, due } of (await Promise.all(parts)).flat() as Order[]) {
    const cause = { id: `${orderId} due ${due}`, correlationId: orderId };
    const outcome = await doWork(worker, cause, runtime, async (work) => {
      const overdue = await work.load(order(orderId));
      if (overdue && !overdue.ended && overdue.due === due) nudge(overdue, work);
    });
    runtime.log.warn('overdue', { orderId, due, outcome });
  }
});
