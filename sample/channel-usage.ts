import { formatTable } from '../cli/table';
import type { Deployment } from '../deployed/discover';
import type { BookEntry } from '../lambdas/reconciliation/payment-book';
import { scan, tableOf } from './snapshot';
import type { FollowedOrder } from './traffic';

/** A table: how many orders used which way to talk. */
export async function channelUsage(deployment: Deployment, orders: readonly FollowedOrder[]): Promise<string> {
  const calledBack = orders.filter(({ request }) => request.callbackUrl !== undefined).length;
  const ids = new Set(orders.map(({ orderId }) => orderId));
  const book = await scan<BookEntry>(deployment, tableOf(deployment, 'reconciliation', 'payment-book'));
  const booked = new Set(book.map(({ orderId }) => orderId).filter((orderId) => ids.has(orderId)));
  return formatTable([
    ['way to talk', 'orders'],
    ['request/response, outcome by polling', String(orders.length - calledBack)],
    ['request/response, outcome by signed callback', String(calledBack)],
    ['direct subscription: in the book of payments', String(booked.size)],
    ['broker: all steps of all orders', String(orders.length)],
  ]);
}
