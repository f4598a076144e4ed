import { StockRejected, StockReleased, StockReserved } from '../../contracts/inventory';
import { OrderCancelled, OrderCreated } from '../../contracts/orders';
import { StockReleaseRequested } from '../../contracts/reconciliation';
import { defineService } from '../runtime/declare/service';
import type { Reservation, Stock } from './stock';

/** Reserves stock for orders, and releases it. */
export const inventory = defineService('inventory');

export const stock = inventory.table('stock', { key: 'sku' }).of<Stock>();
export const reservations = inventory
  .table('reservations', { key: 'orderId', inboxOf: ['reserve-stock', 'release-stock'] })
  .of<Reservation>();

export const reserveStock = inventory.subscription('reserve-stock', {
  to: [OrderCreated],
  emits: [StockReserved, StockRejected],
  uses: [stock, reservations],
});

export const releaseStock = inventory.subscription('release-stock', {
  to: [OrderCancelled, StockReleaseRequested],
  emits: [StockReleased],
  uses: [stock, reservations],
});

export const seedStock = inventory.deployTask('seed-stock', { uses: [stock] });
