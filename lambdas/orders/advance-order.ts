import { consume } from '../runtime/consume/consume';
import { advance } from './advance';
import { unknownOrder } from './order';
import { advanceOrder, orderTable } from './service';

/** Adds an event to the facts of its order, and publishes the decisions that follow. */
export const handler = consume(advanceOrder, async ({ orderId }, work, event) => {
  const before = await work.load(orderTable(orderId), { orElse: unknownOrder(orderId) });
  const placed = event.name === 'OrderPlaced' ? event.data : before.placed;
  advance({ ...before, placed }, event.name, event.metadata.occurredAt, work);
});
