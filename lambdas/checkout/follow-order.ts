import { consume } from '../runtime/consume/consume';
import { follow } from './order-view';
import { followOrder, orderViews } from './service';

/** Adds each event of an order to its view. */
export const handler = consume(followOrder, async (data, work, { name, metadata }) => {
  const view = await work.load(orderViews(data.orderId));
  // Checkout creates the view before it publishes OrderPlaced, so an order without a view was not placed at checkout.
  if (!view) return;
  const reason = 'reason' in data ? { reason: data.reason } : {};
  const callback = 'type' in data ? { callback: data.type } : {};
  work.put(
    orderViews(data.orderId),
    follow(view, { event: name, occurredAt: metadata.occurredAt, ...reason, ...callback }),
  );
});
