import { StockRejected, StockReserved } from '../../contracts/inventory';
import type { OrderLine } from '../../contracts/values';
import { consume } from '../runtime/consume/consume';
import { reservations, reserveStock, stock } from './service';
import type { Stock } from './stock';

/** Reserves all lines of an order, or none. */
export const handler = consume(reserveStock, async ({ orderId, lines }, work) => {
  const [earlier, shelf] = await Promise.all([
    work.load(reservations(orderId)),
    work.load(lines.map(({ sku }) => stock(sku))),
  ]);
  if (earlier?.status === 'cancelled') return work.emit(StockRejected, { orderId, reason: 'order-cancelled' });
  if (earlier) return;

  if (!isEnough(shelf, lines)) {
    work.put(reservations(orderId), { orderId, status: 'rejected', lines });
    return work.emit(StockRejected, { orderId, reason: 'out-of-stock' });
  }
  for (const { sku, quantity } of lines) work.adjust(stock(sku), 'available', -quantity, { floor: 0 });
  work.put(reservations(orderId), { orderId, status: 'reserved', lines });
  work.emit(StockReserved, { orderId });
});

function isEnough(shelf: readonly (Stock | undefined)[], lines: readonly OrderLine[]): boolean {
  return lines.every(({ quantity }, index) => (shelf[index]?.available ?? 0) >= quantity);
}
