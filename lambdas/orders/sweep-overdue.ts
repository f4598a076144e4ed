import { errorText } from '../runtime/errors';
import type { Runtime } from '../runtime/runtime';
import { scheduled } from '../runtime/schedule/scheduled';
import { checkProgress } from './advance';
import { OPEN_PARTS } from './order';
import { patience } from './patience';
import { orderTable, sweepOverdue } from './service';

/** The maximum number of orders per shard of the index that one run checks. The next run checks the others. */
const ORDERS_PER_PART = 100;

/**
 * Checks overdue orders, whose reminders never arrived. A failure on one order does not stop the others.
 *
 * @throws the first failure, after all other orders were checked, so that it raises the function's error alarm
 */
export const handler = scheduled(sweepOverdue, async ({ runtime, work }) => {
  const sweep = async (part: string): Promise<void> => {
    let failure: unknown;
    for (const { orderId, due } of await overdueIn(part, runtime)) {
      try {
        const outcome = await work({ id: `${orderId} due ${due}`, correlationId: orderId }, async (unit) => {
          const overdue = await unit.load(orderTable(orderId));
          if (overdue && !overdue.ended && overdue.due === due) checkProgress(overdue, unit);
        });
        runtime.log.warn('overdue', { orderId, due, outcome });
      } catch (error) {
        runtime.log.error('not checked', { orderId, due, error: errorText(error) });
        failure ??= error;
      }
    }
    if (failure) throw failure;
  };
  const parts = await Promise.allSettled(OPEN_PARTS.map(sweep));
  for (const part of parts) if (part.status === 'rejected') throw part.reason;
});

/** What the index has of an order. */
interface Overdue {
  readonly orderId: string;
  readonly due: string;
}

async function overdueIn(part: string, { store, now }: Runtime): Promise<readonly Overdue[]> {
  // A reminder can be a little late, so an order counts as overdue one progress interval after its due time.
  const upTo = new Date(now().getTime() - patience.progress * 1_000).toISOString();
  const found = await store.query({
    table: orderTable.name,
    index: 'open-by-due',
    partition: { attribute: 'open', value: part },
    sort: { attribute: 'due', upTo },
    limit: ORDERS_PER_PART,
  });
  return found as readonly Overdue[];
}
