import { describe } from '../runtime/errors';
import type { Runtime } from '../runtime/runtime';
import { scheduled } from '../runtime/schedule/scheduled';
import { runUnitOfWork, type Worker } from '../runtime/work/run-unit-of-work';
import { nudge } from './advance';
import { OPEN_PARTS, type Order, order } from './order';
import { patience } from './patience';

/** Orders of one part of the index that one run takes care of; the others wait for the next. */
const ORDERS_PER_PART = 100;

/**
 * Finds orders whose reminder never came, and does what it would have done. An order that cannot be nudged holds up no other.
 *
 * @throws the first thing that went wrong, when all the others are nudged: whoever watches the function's errors hears of it
 */
export const handler = scheduled(async (worker, runtime) => {
  const parts = await Promise.allSettled(OPEN_PARTS.map((part) => sweep(part, worker, runtime)));
  for (const part of parts) if (part.status === 'rejected') throw part.reason;
});

async function sweep(part: string, worker: Worker, runtime: Runtime): Promise<void> {
  let failure: unknown;
  for (const { orderId, due } of await overdueIn(part, runtime)) {
    const cause = { id: `${orderId} due ${due}`, correlationId: orderId };
    try {
      const outcome = await runUnitOfWork(worker, cause, runtime, async (work) => {
        const overdue = await work.load(order(orderId));
        if (overdue && !overdue.ended && overdue.due === due) nudge(overdue, work);
      });
      runtime.log.warn('overdue', { orderId, due, outcome });
    } catch (error) {
      runtime.log.error('not nudged', { orderId, due, error: describe(error) });
      failure ??= error;
    }
  }
  if (failure) throw failure;
}

async function overdueIn(part: string, { store, now }: Runtime): Promise<readonly Order[]> {
  // A reminder may be a little late: that is no reason to do its work for it.
  const upTo = new Date(now().getTime() - patience.progress * 1_000).toISOString();
  const found = await store.query({
    table: 'orders',
    index: 'open-by-due',
    partition: { attribute: 'open', value: part },
    sort: { attribute: 'due', upTo },
    limit: ORDERS_PER_PART,
  });
  return found as readonly Order[];
}
