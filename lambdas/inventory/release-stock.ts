import { StockReleased } from '../../contracts/inventory';
import { consume } from '../runtime/consume/consume';
import { releaseStock, reservations, stock } from './service';

/**
 * Releases the stock of a cancelled order. If the cancellation arrives first, the order is rejected later. Reconciliation requests it
 * again when no release was published.
 */
export const handler = consume(releaseStock, async ({ orderId }, work, { name }) => {
  const held = await work.load(reservations(orderId));
  if (!held) return work.put(reservations(orderId), { orderId, status: 'cancelled', lines: [] });
  if (held.status === 'released' && name === 'StockReleaseRequested') return void work.emit(StockReleased, { orderId });
  if (held.status !== 'reserved') return;

  for (const { sku, quantity } of held.lines) work.adjust(stock(sku), 'available', quantity);
  work.put(reservations(orderId), { ...held, status: 'released' });
  work.emit(StockReleased, { orderId });
});
