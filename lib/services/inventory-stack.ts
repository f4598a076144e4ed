import type { Construct } from 'constructs';
import { OrderCancelled, OrderCreated, StockRejected, StockReleased, StockReserved } from '../../contracts';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** Sets stock aside for orders, and gives it back. */
export class InventoryStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'inventory', props);
    const stock = this.table('stock', { partitionKey: 'sku' });
    const reservations = this.table('reservations', { partitionKey: 'orderId' });
    const uses = [stock, reservations];
    this.subscribe('reserve-stock', {
      to: [OrderCreated],
      emits: [StockReserved, StockRejected],
      uses,
      maxConcurrency: 20,
    });
    this.subscribe('release-stock', { to: [OrderCancelled], emits: [StockReleased], uses });
    this.onDeploy('seed-stock', { uses: [stock] });
  }
}
