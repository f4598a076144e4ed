import { StockReleased } from '../../contracts/inventory';
import { OrderCancelled } from '../../contracts/orders';
import { consume } from '../runtime/consume/consume';
import { reservation, stock } from './stock';

/** Makes available again what was set aside for an order; an order that comes after its cancellation gets nothing. */
export const handler = consume(OrderCancelled, async ({ orderId }, work) => {
  const ref = reservation(orderId);
  const held = await work.load(ref);
  if (!held) return work.put(ref, { orderId, status: 'cancelled', lines: [] });
  if (held.status !== 'reserved') return;

  for (const { sku, quantity } of held.lines) work.adjust(stock(sku), 'available', quantity);
  work.put(ref, { ...held, status: 'released' });
  work.emit(StockReleased, { orderId });
});
