import { consume } from '../runtime/consume/consume';
import type { EventOf } from '../runtime/events/envelope';
import { advance } from './advance';
import { type Order, unknownOrder } from './order';
import { advanceOrder, orderTable } from './service';

/** Adds an event to the facts of its order, and publishes the decisions that follow. */
export const handler = consume(advanceOrder, async ({ orderId }, work, event) => {
  const before = await work.load(orderTable(orderId), { orElse: unknownOrder(orderId) });

  function placedBy(event: EventOf<(typeof advanceOrder)['to'][number]>): Order['placed'] {
    if (event.name !== 'OrderPlaced') return undefined;
    const { customerId, lines, total } = event.data;
    return { customerId, lines, total };
  }
  advance({ ...before, placed: placedBy(event) ?? before.placed }, event.name, event.metadata.occurredAt, work);
});
