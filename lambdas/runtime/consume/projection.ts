import type { EventContract } from '../../../contracts/core/contract';
import { consumerOf, type Subscription } from '../declare/declaration';
import type { Table } from '../declare/table';
import type { Handler } from '../delivery';
import type { EventOf } from '../events/envelope';
import type { Item } from '../store/store';
import { type Consumer, consume } from './consume';

/**
 * Returns the view after an event; undefined when the event does not concern the view.
 *
 * @param view undefined if it does not exist
 */
export type Apply<To extends EventContract, View extends Item> = (
  view: View | undefined,
  event: EventOf<To>,
) => View | undefined;

/**
 * Makes the function behind a subscription that only keeps a view. Each event costs one conditional put instead of a transaction,
 * because the view itself remembers the events that it has seen.
 *
 * Each event is applied once, whatever is delivered twice or at the same moment. A view remembers 100 events; each later one has an
 * idempotency record, as those of other consumers.
 *
 * @example
 * // In service.ts: orderViews = orders.table('views', { key: 'orderId', inboxOf: ['follow-order'] }).of<OrderView>()
 * export const handler = projection(followOrder, orderViews, (view, { name }) => view && { ...view, status: name });
 *
 * @param subscription the declaration from the service's `service.ts`. It emits nothing
 * @param view the table of the views, declared with `inboxOf` the subscription
 * @param apply decides on the view alone. An error that it throws retries the message
 * @throws Error when the table is not the inbox of the subscription
 */
export function projection<To extends EventContract, Uses extends Table, View extends Item>(
  subscription: Subscription<To, never, Uses>,
  view: Uses & Table<View>,
  apply: Apply<To, View>,
): Consumer {
  if (!view.inboxOf?.includes(subscription.name)) {
    throw new Error(
      `${consumerOf(subscription)} keeps views in ${view.name}: declare that table with { inboxOf: ['${subscription.name}'] }.`,
    );
  }
  const updateView: Handler<To> = async (data, work, event) => {
    const ref = view((data as Readonly<Record<string, string>>)[view.key] ?? '');
    const after = apply((await work.load(ref)) as View | undefined, event);
    if (after !== undefined) work.put(ref, after);
  };
  return consume<To, EventContract, Table>(subscription, updateView);
}
