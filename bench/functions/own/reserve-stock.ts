import { authentication } from '../../../lambdas/runtime/adapters/authentication';
import { circuitBreaker } from '../../../lambdas/runtime/adapters/circuit-breaker';
import { consume } from '../../../lambdas/runtime/consume/consume';
import { reservations, reserveStock, StockRejected, StockReserved, stock } from './service';

/** More work than the peers do: reads the order's reservation and its articles, and takes from the stock. */
export const handler = consume(
  reserveStock,
  async ({ orderId, lines }, work) => {
    const [earlier, shelf] = await Promise.all([
      work.load(reservations(orderId)),
      work.load(lines.map(({ sku }) => stock(sku))),
    ]);
    if (earlier) return;
    if (!lines.every(({ quantity }, index) => (shelf[index]?.available ?? 0) >= quantity)) {
      return work.emit(StockRejected, { orderId });
    }
    for (const { sku, quantity } of lines) work.adjust(stock(sku), 'available', -quantity, { floor: 0 });
    work.put(reservations(orderId), { orderId, status: 'reserved', lines });
    work.emit(StockReserved, { orderId });
  },
  [authentication(), circuitBreaker('warehouse')],
);
