import { StockReleased } from '../../contracts/inventory';
import { consume } from '../runtime/consume/consume';
import { releaseStock, reservations, stock } from './service';

/** Releases what an order has reserved. An order that arrives after its cancellation gets nothing. */
export const handler = consume(releaseStock, async ({ orderId }, work) => {
  const held = await work.load(reservations(orderId));
  if (!held) return work.put(reservations(orderId), { orderId, status: 'cancelled', lines: [] });
  if (held.status !== 'reserved') return;

  for (const { sku, quantity } of held.lines) work.adjust(stock(sku), 'available', quantity);
  work.put(reservations(orderId), { ...held, status: 'released' });
  work.emit(StockReleased, { orderId });
});
