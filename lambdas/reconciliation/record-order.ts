import { consume } from '../runtime/consume/consume';
import { type OrderNews, unknownEntry, withNews } from './order-book';
import { orderBook, recordOrder } from './service';

/** Records the events of each order, for comparison with the other books. */
export const handler = consume(recordOrder, async ({ orderId }, work, event) => {
  const before = await work.load(orderBook(orderId), { orElse: unknownEntry(orderId) });
  const { occurredAt } = event.metadata;
  const news = (): OrderNews => {
    switch (event.name) {
      case 'OrderPlaced': {
        const { total, callbackUrl } = event.data;
        return { fact: event.name, occurredAt, total, wantsCallbacks: callbackUrl !== undefined };
      }
      case 'CallbackDelivered':
      case 'CallbackFailed':
        return { reported: event.data.type, occurredAt };
      default:
        return { fact: event.name, occurredAt };
    }
  };
  work.put(orderBook(orderId), withNews(before, news(), work.now));
});
