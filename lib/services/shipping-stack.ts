import type { Construct } from 'constructs';
import { OrderConfirmed, ShipmentDelivered, ShipmentDispatched } from '../../contracts';
import { ServiceStack, type ServiceStackProps } from '../broker/service-stack';

/** Sends goods on their way and sees them delivered. */
export class ShippingStack extends ServiceStack {
  constructor(scope: Construct, props: ServiceStackProps) {
    super(scope, 'shipping', props);
    const uses = [this.table('shipments', { partitionKey: 'orderId' })];
    this.subscribe('dispatch-shipment', { to: [OrderConfirmed], emits: [ShipmentDispatched], uses });
    this.subscribe('deliver-shipment', { to: [ShipmentDispatched], emits: [ShipmentDelivered], uses });
  }
}
