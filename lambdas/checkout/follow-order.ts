import { projection } from '../runtime/consume/projection';
import { follow } from './order-view';
import { followOrder, orderViews } from './service';

/** Adds each event of an order to its view. Checkout creates the view, so an order without one was not placed there. */
export const handler = projection(followOrder, orderViews, (view, { name, data, metadata }) => {
  if (!view) return undefined;
  const reason = 'reason' in data ? { reason: data.reason } : {};
  const callback = 'type' in data ? { callback: data.type } : {};
  return follow(view, { event: name, occurredAt: metadata.occurredAt, ...reason, ...callback });
});
