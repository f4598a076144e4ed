import { formatTable } from '../cli/table';
import { type Deployment, tableOf } from '../deployed/discover';
import type { PaymentEntry } from '../lambdas/reconciliation/payment-book';
import { scanItems } from '../observe/items';
import type { FollowedOrder } from './traffic';

/** Returns a table with the number of orders that used each kind of communication. */
export async function channelUsage(deployment: Deployment, orders: readonly FollowedOrder[]): Promise<string> {
  const calledBack = orders.filter(({ request }) => request.callbackUrl !== undefined).length;
  const ids = new Set(orders.map(({ orderId }) => orderId));
  const book = await scanItems<PaymentEntry>(deployment, tableOf(deployment, 'reconciliation', 'payment-book'));
  const booked = new Set(book.map(({ orderId }) => orderId).filter((orderId) => ids.has(orderId)));
  return formatTable(
    ['communication', 'orders'],
    [
      ['request/response, outcome by polling', orders.length - calledBack],
      ['request/response, outcome by signed callback', calledBack],
      ['direct subscription: in the book of payments', booked.size],
      ['broker: all steps of all orders', orders.length],
    ],
  );
}
