import { StockRejected, StockReserved } from '../../contracts/inventory';
import { OrderCreated } from '../../contracts/orders';
import type { OrderLine } from '../../contracts/values';
import { consume } from '../runtime/consume/consume';
import { reservation, type Stock, stock } from './stock';

/** Sets all lines of an order aside, or none. */
export const handler = consume(OrderCreated, async ({ orderId, lines }, work) => {
  const ref = reservation(orderId);
  const earlier = await work.load(ref);
  if (earlier?.status === 'cancelled') return work.emit(StockRejected, { orderId, reason: 'order-cancelled' });
  if (earlier) return;

  const shelf = await work.load(lines.map(({ sku }) => stock(sku)));
  if (!isEnough(shelf, lines)) {
    work.put(ref, { orderId, status: 'rejected', lines });
    return work.emit(StockRejected, { orderId, reason: 'out-of-stock' });
  }
  for (const { sku, quantity } of lines) work.adjust(stock(sku), 'available', -quantity, { floor: 0 });
  work.put(ref, { orderId, status: 'reserved', lines });
  work.emit(StockReserved, { orderId });
});

function isEnough(shelf: readonly (Stock | undefined)[], lines: readonly OrderLine[]): boolean {
  return lines.every(({ quantity }, index) => (shelf[index]?.available ?? 0) >= quantity);
}
